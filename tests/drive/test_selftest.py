"""Which results the selftest's matrix reports as wrong, and that faults found in trials are in the matrix."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from reznet_load.core.run import Caution, RunResult, Verdict
from reznet_load.drive.selftest.cases import CASES, Case
from reznet_load.drive.selftest.matrix import check
from reznet_load.target.faults.names import FAULTS, Faults
from tests.builders import info

PASS = Verdict("api_p50", "API", "pass", "ms", "< 200 ms", value=1.0)


def result(*verdicts: Verdict, cautions: tuple[Caution, ...] = ()) -> RunResult:
    return RunResult("pass", 0, info(), verdicts=(PASS, *verdicts), cautions=cautions)


def test_a_verdict_that_must_be_hidden_must_not_count() -> None:
    case = Case("x", "", hidden=frozenset({"db_connections"}))
    pending = Verdict("db_connections", "C", "pending", "connections", "", counts=False)
    assert check(case, result(pending)) == []
    assert check(case, result(replace(pending, counts=True)))
    assert check(case, result(replace(pending, outcome="pass", value=0.0)))


def test_a_caution_that_must_be_there_is_missed_and_a_hidden_stall_is_wrong() -> None:
    step = Caution("clock_step", "the clock was set", "look")
    case = Case("x", "", cautions=frozenset({"clock_step"}))
    assert check(case, result(cautions=(step,))) == [] and check(case, result()) == ["caution clock_step is missing"]
    stalled = replace(PASS, id="api_p95", outcome="warning", open="stall", reason="a stall may be hidden")
    assert check(Case("x", "", steady=True), result(stalled)) and check(Case("x", ""), result(stalled)) == []


@pytest.mark.parametrize(
    "name",
    [
        "slow-but-good",
        "rare-silence",
        "no-op-update",
        "hidden-sessions",
        "clock-ahead",
        "clock-back",
        "full-disk",
        "few-files",
    ],
)
def test_faults_found_in_trials_are_in_the_matrix(name: str) -> None:
    (case,) = [case for case in CASES if case.name == name]
    assert case.surroundings or (f"--fault {name}" == case.target and name in FAULTS)


def test_every_demand_is_made_by_some_case() -> None:
    """A demand that no case makes is either not needed or, as `hidden` once was, not handed on."""
    for field in fields(Case):
        assert any(getattr(case, field.name) != field.default for case in CASES), field.name


def test_three_of_twenty_are_fifteen_percent() -> None:
    faults = Faults(("rare-silence",))
    assert [sum(faults.strikes("rare-silence") for _ in range(20)) for _ in range(3)] == [3, 3, 3]
