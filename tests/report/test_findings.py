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
        one.startswith("**Leak: memory of the target**: From 140") for one in issues
    )
