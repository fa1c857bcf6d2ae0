"""Whether the load is the cause: decided only by runs of the same target with fewer users and the same options."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from reznet_load.core.deployment import DeploymentFacts
from reznet_load.report.first_screen import first_screen
from reznet_load.report.parts.less_load import of_row
from reznet_load.report.publish import publish
from reznet_load.report.render import render
from reznet_load.report.view import view_of
from reznet_load.result.assemble import AssembledRun, judge_folder
from tests import builders

TURN = "CHAT agent turn"


def run(reports: Path, name: str, users: int, failed: int, options: str = "", **changes: object) -> Path:
    """A published run in which `failed` of 200 turns fail."""
    rows, units = builders.healthy(users=users)
    errors = {TURN: (np.arange(200) < failed, "error after reply: x")}
    facts = {
        "id": name,
        "deployment": DeploymentFacts("v1", options=options),
        "started": f"2026-09-21T1{users % 10}:00:00Z",
    }
    folder = builders.write_run(reports / name, rows, units, builders.info(users, **(facts | changes)), errors=errors)
    publish(folder, new=True)
    return folder


def large(reports: Path, failed: int = 200, **changes: object) -> AssembledRun:
    return judge_folder(run(reports, "20260921-190000_load_large", 59, failed, **changes))  # type: ignore[arg-type]


def test_a_smaller_run_that_fails_as_well_rules_the_load_out(tmp_path: Path) -> None:
    run(tmp_path, "20260921-150000_smoke_small", 5, 80, scenario="smoke")
    found = view_of(large(tmp_path))
    said = (
        "Load is ruled out as the only cause: with 5 users (run 20260921-150000_smoke_small) 80 of 200 failed as well."
    )
    assert of_row(found, TURN) == said and said in first_screen(found).problems[0].evidence
    assert (
        said
        in render(judge_folder(tmp_path / "20260921-190000_load_large"))
        .split("### Failures")[1]
        .split("## Test Setup")[0]
    )


def test_a_smaller_run_without_failures_does_not(tmp_path: Path) -> None:
    run(tmp_path, "20260921-150000_load_small", 5, 0)
    assert of_row(view_of(large(tmp_path)), TURN).startswith("Load is not ruled out: with 5 users")


@pytest.mark.parametrize(
    "other",
    [{"options": "--fault error-in-stream"}, {"target": "another"}, {"deployment": DeploymentFacts("v2")}],
    ids=["started with a fault", "of another target", "another dialect"],
)
def test_a_run_of_something_else_says_nothing(tmp_path: Path, other: dict[str, object]) -> None:
    run(tmp_path, "20260921-150000_load_small", 5, 100, **other)  # type: ignore[arg-type]
    assert of_row(view_of(large(tmp_path)), TURN).startswith("Whether the load causes it is not known")


def test_a_larger_run_says_nothing(tmp_path: Path) -> None:
    run(tmp_path, "20260921-150000_load_huge", 95, 100)
    assert of_row(view_of(large(tmp_path)), TURN).startswith("Whether the load causes it is not known")


def test_slowness_with_few_users_is_reported_as_such(tmp_path: Path) -> None:
    for name, users in (("20260921-150000_load_small", 5), ("20260921-190000_load_large", 59)):
        rows, units = builders.healthy(users=users)
        rows["CHAT first token"] = np.full(200, 2000.0) + np.arange(200)
        started = f"2026-09-21T1{users % 10}:00:00Z"
        publish(
            builders.write_run(tmp_path / name, rows, units, builders.info(users, id=name, started=started)), new=True
        )
    slow = next(one for one in first_screen(view_of(judge_folder(tmp_path / name))).problems if one.kind == "slow")
    assert (
        "Load is ruled out as the only cause: with 5 users (run 20260921-150000_load_small) it failed with"
        in slow.evidence
    )


def test_a_run_without_a_success_is_failed_in_the_history_and_not_unmeasured(tmp_path: Path) -> None:
    table = render(large(tmp_path)).split("### Test Run History")[1].split("**Signs**")[0]
    assert "| failed ❌ |" in table.splitlines()[4]
