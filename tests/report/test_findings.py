"""The contents under the document's headings of problems."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from reznet_load.core.profile import SOAK
from reznet_load.report.sections.advice import known_issues
from reznet_load.report.view import view_of
from reznet_load.result.assemble import judge_folder
from tests import builders


def test_failures_in_addition_to_the_requirements_are_known_issues(tmp_path: Path) -> None:
    rows, units = builders.healthy(seconds=600)
    run = builders.info(seconds=600)
    soak = tuple(replace(phase, part=SOAK if phase.judged else "") for phase in run.phases)
    rows["GAUGE target memory"] = np.linspace(100, 140, 60)
    folder = builders.write_run(
        tmp_path, rows, units | {"GAUGE target memory": "MB"}, replace(run, phases=soak, scenario="soak")
    )
    run = judge_folder(folder)
    result, issues = run.result, known_issues(view_of(run))
    assert result.outcome == "fail" and any(
        one == "**Leak: memory of the target: failed.** (problem 1)" for one in issues
    )


def test_a_row_of_which_too_few_failed_is_a_known_issue_without_being_a_problem(tmp_path: Path) -> None:
    rows, units = builders.healthy()
    few = {"CHAT agent turn": (np.arange(200) < 3, "HTTP 500")}
    view = view_of(judge_folder(builders.write_run(tmp_path, rows, units, errors=few)))
    assert known_issues(view) == ["**CHAT agent turn**: 3 of 200 failed (table Failures)."]


def test_a_provider_that_fails_when_asked_directly_is_a_known_issue_with_its_kinds(tmp_path: Path) -> None:
    rows, units = builders.healthy()
    rows["PROBE openai first byte"] = np.full(60, 5.0)
    errors = {"PROBE openai first byte": (np.arange(60) % 3 == 0, "error in stream")}
    issues = known_issues(view_of(judge_folder(builders.write_run(tmp_path, rows, units, errors=errors))))
    assert issues == [
        "**Time to First Byte (TTFB, mean) fails: 33.3 % of PROBE openai first byte failed (20 of 60).** (problem 1)"
    ]
