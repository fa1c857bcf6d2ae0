"""What a job on GitHub reads: the file of its summary, and annotations, which are lines on its console."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from reznet_load.core.errors import ConfigError
from reznet_load.core.text.foreign_text import for_terminal
from reznet_load.report.ci.junit_cases import RED, WARNED, JUnitSuite, cases

VARIABLE = "GITHUB_STEP_SUMMARY"
_LARGEST = 1 << 20  # bytes: GitHub shows no summary of a step that is larger
_MOST = 10  # annotations of a kind that GitHub keeps of a step


def append(path: Path, text: str, option: str = "--summary") -> None:
    """Into the file that GitHub gave. Raises ConfigError."""
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(text + "\n")
    except OSError as error:
        raise ConfigError(f"{option} {path}: cannot be written ({error.strerror}); expected ${VARIABLE}") from None


def append_run(text: str, run: str, environ: Mapping[str, str] = os.environ) -> None:
    """The summary of the run `run` into the job's, once however often it is reported. Raises ConfigError."""
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
    """`::error title=…::…` for each red case and `::warning` for each Warning, ten of each at most; none outside of GitHub."""
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
