"""The context of a run is a record: it survives its file, and damaged parts are left out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reznet_load.core.deployment import DeploymentFacts
from reznet_load.core.measured.measurement import Row
from reznet_load.core.run import Verdict
from reznet_load.report.publish import publish
from reznet_load.result import context
from reznet_load.result.context import OtherRun, RunContext
from tests import builders

ROW = Row("CHAT ping", "steady", "ms", 3, mean=1.0, statistics={"p90": 2.0})
OTHER = OtherRun("run", 50, "pass", (Verdict("id", "It", "pass", "ms", "< 1 s", row="CHAT ping"),), (ROW,), 60.0)


def test_a_record_survives_its_file(tmp_path: Path) -> None:
    written = RunContext(load=OTHER, left_out=("3 × 100 users, not 50",), damaged=("line 2: not JSON",))
    context.write(tmp_path, written)
    assert context.read(tmp_path) == written
    assert written.latest("large", "load") == (("load", OTHER),) and OTHER.row("CHAT ping") == ROW


def test_without_a_context_file_the_context_is_empty(tmp_path: Path) -> None:
    assert context.read(tmp_path) == RunContext()


@pytest.mark.parametrize(
    "entry",
    [
        [], "x", 3, {}, {"run": "r"}, {"rows": None}, {"rows": [3]}, {"rows": [{}]},
        {"run": 3, "users": "x", "outcome": "pass", "verdicts": [], "rows": [], "seconds": 1.0},
        {"run": "r", "users": 1, "outcome": "pass", "verdicts": [{"id": 3}], "rows": [], "seconds": 1.0},
        {"run": "r", "users": 1, "outcome": "pass", "verdicts": [], "rows": [{"key": "CHAT x"}], "seconds": 1.0},
    ],
)  # fmt: skip
def test_invalid_runs_in_the_context_are_left_out(tmp_path: Path, entry: object) -> None:
    (tmp_path / context.FILE).write_text(json.dumps({"load": entry, "suite": entry, "left_out": ["x"]}), "utf-8")
    assert context.read(tmp_path) == RunContext(left_out=("x",))


@pytest.mark.parametrize(
    ("options", "shown"),
    [("--messages 2000", True), ("--fault error-in-stream", False), ("--messages 5 --capacity 60", False)],
)
def test_runs_of_a_target_with_other_faults_are_not_shown(tmp_path: Path, options: str, shown: bool) -> None:
    """A stress run of a healthy target once showed the verdicts of a load run with `--fault error-in-stream` as its own."""
    rows, units = builders.healthy()
    earlier = builders.info(id="20260921-110000_load_other", deployment=DeploymentFacts("v1", options=options))
    publish(builders.write_run(tmp_path / earlier.id, rows, units, earlier), new=True)
    now = builders.info(id="20260921-120000_stress_now", scenario="stress", deployment=DeploymentFacts("v1"))
    found = context.collect(builders.write_run(tmp_path / now.id, rows, units, now), now, 100)
    assert (found.load is not None) == shown
