"""A Fail needs two failures or two values beyond the limit. One of one proves nothing, four of four may fail."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from reznet_load.core.nfr import Nfr, Requirements, load_requirements
from reznet_load.core.outcome import outcome_of
from reznet_load.core.run import Verdict
from reznet_load.core.system.resources import resource
from reznet_load.core.units import parse_limit
from reznet_load.verdict.beyond.recovery import recovery
from reznet_load.verdict.beyond.refusals import refusals
from reznet_load.verdict.capacity.pools import PoolTrial, choose
from reznet_load.verdict.judge import judge
from reznet_load.verdict.judgement import Judgement
from reznet_load.verdict.samples import Series
from tests.builders import ORIGIN, info

SHIPPED = load_requirements(resource("nfr.toml"))
TEXTS = ("", "error: an error message in place of a reply", "busy: the agent answers somebody else")


def row(key: str, values: list[float], failed: list[int] | int = 0, unit: str = "ms") -> Series:
    """`values` evenly over the steady minute of `builders.info`; `failed`: numbers of TEXTS."""
    start = ORIGIN + 10 + (np.arange(len(values)) + 0.5) * 60 / len(values)
    errors = np.full(len(values), failed) if isinstance(failed, int) else np.array(failed)
    none, zeros = np.full(len(values), np.nan), np.zeros(len(values), np.uint16)
    return Series(key, unit, start, np.array(values, float), none, errors.astype(np.uint16), zeros, TEXTS)


def verdict_on(statistic: str, limit: str, one: Series) -> Verdict:
    nfr = Nfr("it", "It", statistic, parse_limit(limit, "test"), (one.key,), 1)
    (found,) = judge(Requirements((nfr,), {}), info(), {one.key: one})
    return found


PAST = [
    ("p50", "< 1 s", 9000.0, "ms"), ("p95", "< 1 s", 9000.0, "ms"), ("p99", "< 1 s", 9000.0, "ms"),
    ("p90", "< 1 s", 9000.0, "ms"), ("mean", "< 1 s", 9000.0, "ms"), ("max", "< 1 s", 9000.0, "ms"),
    ("max", "< 512 MB", 900.0, "MB"), ("share", "> 60 %", 0.0, "%"),
]  # fmt: skip


@pytest.mark.parametrize(("statistic", "limit", "value", "unit"), PAST)
def test_one_value_beyond_the_limit_is_a_warning_and_many_fail(
    statistic: str, limit: str, value: float, unit: str
) -> None:
    one = verdict_on(statistic, limit, row("CHAT agent turn", [value], unit=unit))
    assert one.outcome == "warning" and one.reason
    many = verdict_on(statistic, limit, row("CHAT agent turn", [value] * 40, unit=unit))
    assert many.outcome == "fail"


@pytest.mark.parametrize("count", [1, 2, 4, 30])
@pytest.mark.parametrize(("statistic", "limit"), [("p95", "< 3 s"), ("mean", "< 3 s"), ("error_rate", "< 5 %")])
def test_a_row_of_which_all_failed_is_fail_from_two_on_and_never_unjudged(
    statistic: str, limit: str, count: int
) -> None:
    found = verdict_on(statistic, limit, row("CHAT agent turn", [20.0] * count, failed=1))
    assert found.outcome == ("warning" if count == 1 else "fail")
    assert f"({count} of {count} failed)" in found.reason or f"of {count} " in found.reason or "100" in found.reason


def test_a_smoke_test_whose_turns_all_fail_is_fail() -> None:
    turns = row("CHAT agent turn", [20.0, 20.0], failed=1)
    run = info(has=("agent",), mix={"agent": 1})
    verdicts = judge(SHIPPED, run, {turns.key: turns})
    assert outcome_of(run, verdicts, ()) == ("fail", 1)


def test_four_slow_replies_of_four_fail() -> None:
    assert verdict_on("p95", "< 3 s", row("CHAT agent turn", [9000.0] * 4)).outcome == "fail"


def test_one_failure_among_few_leaves_a_window_in_target_and_two_do_not() -> None:
    requirements = replace(SHIPPED, nfrs=tuple(n for n in SHIPPED.nfrs if n.id in ("error_rate", "agent_response_p95")))
    for failing, seconds in ((1, 0.0), (2, 10.0)):
        values = row("CHAT agent turn", [900.0] * 24, [1] * failing + [0] * (24 - failing))
        found = recovery(requirements, {values.key: values}, ORIGIN + 10, ORIGIN + 70)
        assert found.seconds == seconds


def test_one_failure_says_nothing_of_how_a_backend_refuses() -> None:
    beyond = [phase for phase in info().phases if phase.judged]
    for others, outcome in ((1, "warning"), (2, "fail"), (40, "fail")):
        found = refusals({"CHAT agent turn": row("CHAT agent turn", [20.0] * others, failed=1)}, beyond)
        assert found.outcome == outcome, others


def test_few_calls_prove_no_pool_size_worse() -> None:
    def trial(size: int, value: float, n: int) -> PoolTrial:
        return PoolTrial(
            size, {"p95": Judgement("pass", value, "ms", n, "GET /x", "steady", value, value)}, waited=20.0
        )

    assert choose([trial(2, 90, 1), trial(5, 20, 300)]).sizes == (2, 5)
    assert choose([trial(2, 90, 300), trial(5, 20, 300)]).sizes == (5,)
