"""A new requirement on a row that is there, of any statistic, is one block of nfr.toml: nothing else is edited."""

from __future__ import annotations

from pathlib import Path

import pytest

from reznet_load.report.render import render
from reznet_load.result.assemble import judge_folder
from tests import builders

BLOCK = """
[[nfr]]
id = "mine"
title = "A Requirement of Mine"
statistic = "{statistic}"
limit = "{limit}"
rows = ["{row}"]
section = 6
"""


@pytest.mark.parametrize(
    ("row", "statistic", "limit", "outcome"),
    [
        ("CHAT echo", "p90", "< 80 ms", "pass"),
        ("CHAT echo", "p37.5", "< 1 ms", "fail"),
        ("GET /health", "p99.9", "< 200 ms", "warning"),  # too few samples
        ("CHAT agent turn", "min", "< 80 ms", "fail"),
        ("GAUGE generator cpu", "max", "< 50 %", "pass"),
    ],
)
def test_a_new_requirement_is_judged_and_has_its_line(
    row: str, statistic: str, limit: str, outcome: str, tmp_path: Path
) -> None:
    rows, units = builders.healthy()
    folder = builders.write_run(tmp_path / "run", rows | {"GET /health": rows["GET /health"][:330]}, units)
    with (folder / "nfr.toml").open("a") as file:
        file.write(BLOCK.format(row=row, statistic=statistic, limit=limit))
    run = judge_folder(folder)
    verdict = next(one for one in run.result.verdicts if one.id == "mine")
    assert (verdict.outcome, verdict.row, verdict.counts) == (outcome, row, True)
    line = next(one for one in render(run).splitlines() if one.startswith("| A Requirement of Mine | 6 |"))
    assert f"| {limit} | {verdict.mark} |" in line and row in line
