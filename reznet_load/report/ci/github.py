"""Writes the summary of a GitHub job into its file, and makes annotations, which are lines on the console."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from reznet_load.core.errors import ConfigError
from reznet_load.core.text.foreign_text import for_terminal
from reznet_load.report.ci.junit_cases import RED, WARNED, JUnitSuite, cases

VARIABLE = "GITHUB_STEP_SUMMARY"
_LARGEST = 1 << 20  # bytes; GitHub does not show a larger summary of a step
_MOST = 10  # annotations of one kind; GitHub drops further ones of a step


def append(path: Path, text: str, option: str = "--summary") -> None:
    """Append `text` to the file `path`, which GitHub gave. Raises ConfigError, which names `option`."""
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(text + "\n")
    except OSError as error:
        raise ConfigError(f"{option} {path}: cannot be written ({error.strerror}); expected ${VARIABLE}") from None


def append_run(text: str, run: str, environ: Mapping[str, str] = os.environ) -> None:
    """Append the summary of the run `run` to the summary of the job, but only the first time. Raises ConfigError."""
    if not (name := environ.get(VARIABLE, "")):
        return
    path, mark = Path(name), f"<!-- reznet-load: {run} -->"
    try:
        there = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
    except OSError as error:
        raise ConfigError(f"${VARIABLE} {path}: cannot be read ({error.strerror})") from None
    if mark in there:
        return
    if len(f"{there}{text}{mark}".encode()) >= _LARGEST:
        raise ConfigError(f"${VARIABLE}: the summary of run {run} has no room left in it; its SUMMARY.md has it")
    append(path, f"{mark}\n\n{text}", f"${VARIABLE}")


def annotations(suites: Sequence[JUnitSuite], environ: Mapping[str, str] = os.environ) -> list[str]:
    """`::error title=…::…` for each failure or error and `::warning` for each Warning, at most ten of each.

    Returns [] outside of a GitHub job.
    """
    if environ.get("GITHUB_ACTIONS") != "true":
        return []
    return [*_lines("error", RED, suites), *_lines("warning", (WARNED,), suites)]


def _lines(level: str, kinds: Sequence[str], suites: Sequence[JUnitSuite]) -> Iterator[str]:
    found = [(suite, one) for suite in suites for one in cases(suite) if one.kind in kinds]
    shown = found if len(found) <= _MOST else found[: _MOST - 1]
    for suite, one in shown:
        yield f"::{level} title={_property(f'{suite.about or suite.name}: {one.name}')}::{_data(one.text)}"
    if rest := len(found) - len(shown):
        yield f"::{level} title=reznet-load::{rest} more; the summary of the job has them all"


def _data(text: str) -> str:
    return for_terminal(text, 1000).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
