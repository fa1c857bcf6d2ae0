"""One function says which requirement bounds an operation: no consumer knows statistics by name."""

from __future__ import annotations

import numpy as np
import pytest

from reznet_load.core.measured.statistic import COMMON, statistic_of
from reznet_load.core.nfr import Nfr, Requirements
from reznet_load.core.phases.outages import outage
from reznet_load.core.profile import SOAK, Phase
from reznet_load.core.run import RunInfo
from reznet_load.core.units import parse_limit
from reznet_load.verdict import goodput
from reznet_load.verdict.beyond.degradation import degradation
from reznet_load.verdict.beyond.drift import drift
from reznet_load.verdict.beyond.outages import judge_outages
from reznet_load.verdict.beyond.recovery import recovery
from reznet_load.verdict.bounding import bounding, in_target, is_latency
from reznet_load.verdict.judge import judge
from reznet_load.verdict.samples import Series
from reznet_load.verdict.steps import steps
from tests import stepped
from tests.builders import ORIGIN, info

TURN = "CHAT agent turn"
TIMES = sorted(
    {*COMMON, "p90", "p99.9", "p75"} - {"share", "error_rate", "connected", "least", "min", "throughput", "requests"}
)
QUANTILES = [name for name in TIMES if name != "mean"]


def required(statistic: str, limit: str = "< 1 s") -> Requirements:
    return Requirements((Nfr("it", "It", statistic, parse_limit(limit, "test"), (TURN,), 1),), {})


def constant(milliseconds: float, seconds: float = 120.0, each: float = 0.1) -> dict[str, Series]:
    start = ORIGIN + np.arange(0, seconds, each)
    return {TURN: stepped.series(TURN, start, np.full(len(start), milliseconds))}


@pytest.mark.parametrize("statistic", TIMES)
def test_constant_nine_seconds_are_never_in_target(statistic: str) -> None:
    slow = recovery(required(statistic), constant(9000.0, 400.0), ORIGIN, ORIGIN + 400)
    assert (slow.outcome, slow.seconds) == ("fail", None)
    quick = recovery(required(statistic), constant(100.0), ORIGIN, ORIGIN + 120)
    assert (quick.outcome, quick.seconds) == ("pass", 0.0)


@pytest.mark.parametrize("statistic", TIMES)
def test_an_outage_that_leaves_it_slow_fails(statistic: str) -> None:
    one = outage("redis", ORIGIN, ORIGIN + 20, ORIGIN + 400, 50)
    run = info(phases=one.phases, scenario="failures")
    (found,) = judge_outages(required(statistic), run, constant(9000.0, 400.0))
    assert found.outcome == "fail"


@pytest.mark.parametrize("statistic", TIMES)
def test_sockets_that_are_open_and_slow_are_a_warning(statistic: str) -> None:
    users = Nfr("users", "Users", "connected", parse_limit(">= 50 users", "test"), ("GAUGE sockets",), 6)
    (slow,) = required(statistic).nfrs
    run = info()
    gauge = stepped.each_second("GAUGE sockets", run)
    found = {one.id: one for one in judge(Requirements((slow, users), {}), run, constant(9000.0) | {gauge.key: gauge})}
    assert (found["it"].outcome, found["users"].outcome) == ("fail", "warning")


@pytest.mark.parametrize("statistic", QUANTILES)
def test_nothing_slower_than_its_quantile_is_goodput(statistic: str) -> None:
    requirements = required(statistic)
    assert list(goodput.limits(requirements, constant(9000.0))) == [TURN]
    run = RunInfo("", "stress", "", "", "", 100, "", phases=tuple(_held()))
    made = steps(requirements, run, constant(9000.0))
    assert [step.goodput for step in made] == [0.0, 0.0] and all(step.state == "fail" for step in made)


@pytest.mark.parametrize("statistic", QUANTILES)
def test_answers_beyond_the_expected_load_are_judged_by_the_same_requirement(statistic: str) -> None:
    run = RunInfo("", "stress", "", "", "", 100, "", phases=tuple(_held()))
    found = {one.id: one for one in degradation(required(statistic), run, constant(9000.0))}
    assert found["accepted_p95"].outcome == "fail" and statistic_of(statistic).label in found["accepted_p95"].title


@pytest.mark.parametrize("statistic", QUANTILES)
def test_a_soak_compares_the_rows_that_are_bounded(statistic: str) -> None:
    found = constant(100.0, 1800.0, 0.5)
    found[TURN].value[1800:] = 900.0
    run = info(phases=(Phase("soak", ORIGIN, ORIGIN + 1800, 50, True, SOAK),))
    slower = next(one for one in drift(required(statistic), run, found) if one.id == "slower")
    assert (slower.outcome, slower.row) == ("fail", TURN)


def test_the_highest_quantile_bounds_and_a_mean_bounds_no_single_operation() -> None:
    nfrs = tuple(required(name).nfrs[0] for name in ("p99", "mean", "p50", "p95"))
    assert bounding(Requirements(nfrs, {}), [TURN, "GET /health"]) == {TURN: nfrs[0]}
    assert bounding(Requirements((nfrs[1],), {}), [TURN]) == {}


def test_memory_is_no_latency_and_an_advisory_requirement_is_no_target() -> None:
    memory = Nfr("it", "It", "max", parse_limit("< 512 MB", "test"), ("GAUGE target memory",), 6)
    advisory = Nfr("it", "It", "p95", parse_limit("< 1 s", "test"), (TURN,), 1, required=False)
    assert not is_latency(memory) and in_target(Requirements((memory, advisory), {})) == []


def _held() -> list[Phase]:
    """60 s with 50 users, 60 s with 100 beyond the expected."""
    return [
        Phase("step 50", ORIGIN, ORIGIN + 60, 50, True, "steady"),
        Phase("step 100", ORIGIN + 60, ORIGIN + 120, 100, False, "beyond"),
    ]
