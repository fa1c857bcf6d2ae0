"""Writes what a CI reads of a run: `junit.xml`, `metrics.txt`, and in a GitHub job its summary and annotations."""

from __future__ import annotations

import sys
from pathlib import Path

from reznet_load.core import folder as run_folder
from reznet_load.core.errors import ConfigError
from reznet_load.core.run import RunResult
from reznet_load.report.ci import github, junit, openmetrics
from reznet_load.report.ci.junit_cases import JUnitSuite


def suite_of(result: RunResult) -> JUnitSuite:
    """The test cases of a run, for JUnit and annotations."""
    info = result.info
    voids = " ".join(f"{one.text} {one.remedy}" for one in result.cautions if one.void)
    reasons = {"interrupted": "the run was interrupted", "void": voids}
    return JUnitSuite(
        name=info.id,
        outcome=result.outcome,
        verdicts=(*result.verdicts, *result.behaviour),
        about=f"{info.target}.{info.scenario}",
        reason=reasons.get(result.outcome, ""),
        regressions=result.regressions,
        stopped=info.stopped,
        warnings_fail=info.strict,
        seconds=0.0 if info.origin is None or not info.phases else info.phases[-1].end - info.origin,
    )


def write(home: Path, result: RunResult) -> None:
    """Write `junit.xml` and `metrics.txt` into the run folder `home`."""
    run_folder.write_text(home / junit.FILE, junit.junit([suite_of(result)]))
    run_folder.write_text(home / openmetrics.FILE, openmetrics.metrics(result))


def tell_github(result: RunResult, summary: str) -> None:
    """In a job on GitHub, append `summary` to the job's summary and print annotations; do nothing elsewhere.

    If the summary cannot be written, this is printed, and the verdict stays as it is.
    """
    try:
        github.append_run(summary, result.info.id)
    except ConfigError as error:
        print(f"reznet-load: {error}", file=sys.stderr)
    for line in github.annotations([suite_of(result)]):
        print(line, flush=True)
