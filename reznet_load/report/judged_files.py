"""The files that `judge` writes on request: documents, JSON, JUnit, the summary of a job."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from reznet_load.core import folder as run_folder
from reznet_load.core.errors import ConfigError
from reznet_load.report import judged_compared
from reznet_load.report.ci.junit_cases import JUnitSuite
from reznet_load.report.judged import document
from reznet_load.result.compared import ComparedRun
from reznet_load.result.judged import JudgedRun

STDOUT = "-"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Where `judge` writes its files: `out` is a folder for documents, the others are files; "": not written.

    templates   a folder whose templates replace shipped ones
    strict      in JUnit a Warning is a failure
    """

    out: str = ""
    json: str = ""
    junit: str = ""
    summary: str = ""
    templates: str = ""
    strict: bool = False


def write(runs: Sequence[JudgedRun], compared: Sequence[ComparedRun], wanted: Wanted) -> list[Path]:
    """Write all `wanted` files; returns the paths of the documents. Raises ConfigError if a file cannot be written."""
    made = []
    if wanted.out:
        made = [_document(run, compared, wanted, _named(runs)[at]) for at, run in enumerate(runs)]
    if wanted.json and wanted.json != STDOUT:
        _write("--json", Path(wanted.json), as_json(runs, compared))
    if wanted.junit:
        from reznet_load.report.ci.junit import junit

        _write("--junit", Path(wanted.junit), junit(suites(runs, wanted.strict)))
    if wanted.summary:
        from reznet_load.report.ci import github, summary

        github.append(Path(wanted.summary), summary.summary(runs))
    return made


def as_json(runs: Sequence[JudgedRun], compared: Sequence[ComparedRun]) -> str:
    """The text of --json."""
    from reznet_load.report.ci.judged_json import to_json

    return to_json(runs, [judged_compared.as_json(one) for one in compared])


def _named(runs: Sequence[JudgedRun]) -> list[str]:
    """`<prefix>_verdicts.md` for each run; if two runs have the same prefix, the name also has the folder."""
    short = [Path(run.name).name or "run" for run in runs]
    twice = {name for name in short if short.count(name) > 1}
    long = [
        f"{Path(run.name).parent.name}_{name}" if name in twice else name for run, name in zip(runs, short, strict=True)
    ]
    return [
        f"{name}_verdicts.md" if long.count(name) == 1 else f"{name}_{at}_verdicts.md"
        for at, name in enumerate(long, 1)
    ]


def _document(run: JudgedRun, compared: Sequence[ComparedRun], wanted: Wanted, name: str) -> Path:
    text = document(run, wanted.templates)
    for one in compared:
        if one.name == run.name:
            text += "\n" + judged_compared.markdown(one)
    path = Path(wanted.out) / name
    _write("--out", path, text)
    return path


def suites(runs: Sequence[JudgedRun], strict: bool) -> list[JUnitSuite]:
    """The test cases of each run, for JUnit and annotations."""
    return [
        JUnitSuite(
            run.name,
            run.outcome,
            run.verdicts,
            reason=run.refused or ("" if run.verdicts else "no requirements were given"),
            warnings_fail=strict,
            seconds=run.run.course.length if run.run and run.run.course else 0.0,
        )
        for run in runs
    ]


def _write(option: str, path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        run_folder.write_text(path, text)
    except OSError as error:
        raise ConfigError(
            f"{option} {path}: cannot be written ({error.strerror or error}); name a place that is yours to write to"
        ) from None
