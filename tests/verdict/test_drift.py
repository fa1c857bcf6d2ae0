"""Drift of a soak on known numbers: leaks and slowness that are there, and that are not."""

from __future__ import annotations

import numpy as np
import pytest

from reznet_load.core.nfr import load_requirements
from reznet_load.core.profile import soak, steady
from reznet_load.core.run import Verdict
from reznet_load.core.system.resources import resource
from reznet_load.verdict.beyond.drift import drift
from reznet_load.verdict.beyond.slope import slope
from reznet_load.verdict.samples import Series
from tests.builders import ORIGIN
from tests.stepped import Traffic, row, series, stepped

REQUIREMENTS = load_requirements(resource("nfr.toml"))
RUN = stepped(soak(50, 1800, 10), "soak")
SECONDS = ORIGIN + 10 + np.arange(1800.0)
NOISE = np.random.default_rng(3).normal(0, 1, 1800)


def lines(memory: float = 0.0, slower: float = 0.0, n: float = 3.3, *more: Series) -> dict[str, Verdict]:
    """`memory` MB an hour from 200 MB on; replies of 900 ms that take `slower` times longer at the end; `more` rows."""
    turns = row("CHAT agent turn", RUN, [Traffic(n)])
    turns.value[:] *= 1 + slower * (turns.start - ORIGIN) / 1800
    grown = series("GAUGE target memory", SECONDS, 200 + NOISE + memory * (SECONDS - SECONDS[0]) / 3600, unit="MB")
    flat = series("GAUGE database connections", SECONDS, np.full(1800, 12.0), unit="connections")
    found = drift(REQUIREMENTS, RUN, {one.key: one for one in (turns, grown, flat, *more)})
    return {line.id: line for line in found}


def test_a_quiet_soak_passes_all_three() -> None:
    assert {id: line.outcome for id, line in lines().items()} == {
        "leak_memory": "pass", "leak_connections": "pass", "slower": "pass",
    }  # fmt: skip


def test_a_load_without_a_soak_has_no_lines() -> None:
    assert (
        drift(
            REQUIREMENTS,
            stepped(steady(50, 60, 10), "load"),
            {"CHAT agent turn": row("CHAT agent turn", RUN, [Traffic(1)])},
        )
        == ()
    )


@pytest.mark.parametrize(("hourly", "outcome"), [(6.0, "pass"), (60.0, "fail"), (-5.0, "pass")])
def test_a_leak_fails_where_it_reaches_the_limit_within_a_day(hourly: float, outcome: str) -> None:
    found = lines(memory=hourly)["leak_memory"]
    assert found.outcome == outcome and found.counts
    assert found.low is not None and found.high is not None and found.low <= hourly <= found.high
    assert outcome == "pass" or "it would reach 512 MB in 4h" in found.reason


def test_growth_in_a_short_soak_may_be_warming_up() -> None:
    short, seconds = stepped(soak(50, 60, 10), "soak"), SECONDS[:60]
    for hourly, outcome in ((600.0, "warning"), (0.0, "pass")):
        level = 200 + hourly * (seconds - seconds[0]) / 3600
        grown = series("GAUGE target memory", seconds, level, unit="MB")
        line = drift(REQUIREMENTS, short, {grown.key: grown})[0]
        assert line.outcome == outcome
        assert outcome == "pass" or line.reason.endswith("less than 10m of warm-up would also explain that")


@pytest.mark.parametrize(
    ("hourly", "reached"),
    [(0.001, "in more than a year"), (4.5, "in 69h"), (30.0, "in 9h54m"), (300.0, "in 32m"), (-5.0, "")],
)
def test_growth_says_when_it_would_reach_the_limit(hourly: float, reached: str) -> None:
    grown = series("GAUGE target memory", SECONDS, 200 + hourly * (SECONDS - SECONDS[0]) / 3600, unit="MB")
    reason = drift(REQUIREMENTS, RUN, {grown.key: grown})[0].reason
    assert f"it would reach 512 MB {reached} of this load" in reason if reached else reason == ""


@pytest.mark.parametrize(("seconds", "said"), [(600, True), (1799, True), (1800, False)])
@pytest.mark.parametrize("hourly", [0.0, 6.0, 600.0])
def test_a_soak_shorter_than_half_an_hour_says_what_it_extrapolates(seconds: int, said: bool, hourly: float) -> None:
    at = SECONDS[:seconds]
    grown = series("GAUGE target memory", at, 200 + hourly * (at - at[0]) / 3600, unit="MB")
    reason = drift(REQUIREMENTS, stepped(soak(50, seconds, 10), "soak"), {grown.key: grown})[0].reason
    assert reason.endswith("are extrapolated to a day") is said


def test_what_may_or_may_not_be_within_a_day_names_no_hour_that_never_comes() -> None:
    noisy = series("GAUGE target memory", SECONDS, 200 + 60 * np.sin(np.arange(1800.0) / 60), unit="MB")
    found = drift(REQUIREMENTS, RUN, {noisy.key: noisy})[0]
    assert found.outcome == "warning" and "its interval does not decide whether that is within a day" in found.reason
    assert "never" not in found.reason


def test_memory_that_lies_past_its_limit_and_does_not_grow_is_no_leak() -> None:
    for level in (600.0 + np.zeros(1800), 600 - (SECONDS - SECONDS[0]) / 360):
        found = drift(
            REQUIREMENTS, RUN, {"GAUGE target memory": series("GAUGE target memory", SECONDS, level, unit="MB")}
        )
        assert found[0].id == "leak_memory" and found[0].outcome == "pass"


def test_readings_that_are_not_numbers_are_ignored() -> None:
    key = "GAUGE target memory"
    holed = np.where(np.arange(1800) % 2, np.nan, 200 + NOISE)
    for level, outcome in ((holed, "pass"), (np.full(1800, np.nan), "pending")):
        found = drift(REQUIREMENTS, RUN, {key: series(key, SECONDS, level, unit="MB")})
        assert found[0].id == "leak_memory" and found[0].outcome == outcome


@pytest.mark.parametrize(("slower", "outcome"), [(0.0, "pass"), (1.0, "fail"), (0.02, "pass")])
def test_slower_at_the_end_fails(slower: float, outcome: str) -> None:
    assert lines(slower=slower)["slower"].outcome == outcome


@pytest.mark.parametrize(
    ("late", "outcome", "said"),
    [
        (6.0, "pass", ", less than 5 % of the limit apart (< 100 ms); the worst of 2 rows compared"),
        (60.0, "fail", "; the worst of 2 rows compared (1 of users, 1 of probes)"),
    ],
)
def test_queries_of_probes_are_compared_too(late: float, outcome: str, said: str) -> None:
    took = np.where(SECONDS[900] > SECONDS, 3.0, late)
    found = lines(0.0, 0.0, 3.3, series("PROBE message page query", SECONDS, took))["slower"]
    assert (found.outcome, found.row) == (outcome, "PROBE message page query") and said in found.reason
    assert found.value == pytest.approx(100 * (late / 3 - 1))


def test_rows_that_could_not_be_compared_are_named() -> None:
    few = series("PROBE agent list query", SECONDS[::60], np.ones(30))
    deep = series("PROBE deep page query", SECONDS, np.linspace(1, 9, 1800))  # no requirement is about it
    reason = lines(0.0, 0.0, 3.3, few, deep)["slower"].reason
    assert reason.endswith("; the only row compared; fewer than 73 samples in a quarter: PROBE agent list query")


def test_too_few_samples_are_no_pass() -> None:
    found = lines(n=0.05)["slower"]
    assert found.outcome == "warning" and "73 samples" in found.reason


def test_a_slopes_interval_holds_the_truth_as_often_as_it_says() -> None:
    rng, inside = np.random.default_rng(11), 0
    for _ in range(300):
        seen = slope(SECONDS, 5 + 0.01 * (SECONDS - SECONDS[0]) + rng.normal(0, 3, len(SECONDS)))
        assert seen is not None
        inside += seen.low <= 0.01 <= seen.high
    assert 250 <= inside <= 290  # 90 % of 300, four standard deviations either way


def test_a_slope_needs_five_blocks_of_time() -> None:
    assert slope(np.array([1.0, 2.0, 3.0]), np.ones(3)) is None
