"""The formulae against their published figures, and the rates of wrong verdicts in simulations."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from reznet_load.core.measured.statistic import statistic_of
from reznet_load.verdict.intervals import exceedance, mean_interval, share_interval


@pytest.mark.parametrize(("name", "least"), [("p50", 6), ("p95", 73), ("p99", 371)])
def test_floors_are_the_smallest_samples_that_can_pass(name: str, least: int) -> None:
    level = statistic_of(name).level
    assert statistic_of(name).floor == least == math.ceil(math.log(0.05) / math.log(level) / 0.805)


@pytest.mark.parametrize(("k", "n"), [(0, 59), (1, 93), (2, 124), (3, 153), (5, 208), (10, 336)])
def test_one_block_is_clopper_pearson(k: int, n: int) -> None:
    assert share_interval(np.array([float(k)]), np.array([float(n)])).high < 0.05
    assert share_interval(np.array([float(k)]), np.array([n - 1.0])).high >= 0.05


def simulate(runs: int, count: int, seconds: float, rho: float, tau: float, seed: int) -> list[str]:
    """Outcomes of runs whose true p95 is the limit: lognormal times whose load state is AR(1) in time."""
    rng, sigma, found = np.random.default_rng(seed), 0.6, []
    for _ in range(runs):
        start = np.sort(rng.uniform(0, seconds, count))
        noise = rng.normal(size=count)
        state = np.empty(count)
        state[0] = rng.normal()
        keep = np.exp(-np.diff(start) / tau)
        shock = rng.normal(size=count - 1) * np.sqrt(1 - keep**2)
        for index in range(count - 1):
            state[index + 1] = keep[index] * state[index] + shock[index]
        value = np.exp(sigma * (np.sqrt(1 - rho) * noise + np.sqrt(rho) * state))
        seen = exceedance(start, value, math.exp(sigma * stats.norm.ppf(0.95)), 0.95)
        found.append("pass" if seen.share.high < 0.05 else "fail" if seen.share.low >= 0.05 else "warning")
    return found


@pytest.mark.parametrize(
    ("rho", "tau", "most"),
    [(0.0, 1.0, 0.06), (0.1, 5.0, 0.08), (0.3, 10.0, 0.10)],
    ids=["independent", "mild", "strong"],
)
def test_wrong_verdicts_at_the_limit_stay_rare(rho: float, tau: float, most: float) -> None:
    """20 a second for 300 s; the bound of docs/rules/intervals.md with two standard errors of this simulation's size."""
    runs = 300
    found = simulate(runs, 6000 if rho else 1000, 300, rho, tau, seed=11)
    slack = 2 * math.sqrt(most * (1 - most) / runs)
    assert found.count("pass") / runs <= most + slack
    assert found.count("fail") / runs <= most + slack


@pytest.mark.parametrize("count", [10, 30, 60])
def test_few_samples_at_the_limit_rarely_fail(count: int) -> None:
    assert simulate(600, count, 60, 0.0, 1.0, seed=3).count("fail") / 600 <= 0.016 + 0.011


def test_the_interval_of_a_mean_covers_it() -> None:
    rng, inside = np.random.default_rng(2), 0
    for _ in range(400):
        value = rng.lognormal(0, 0.5, 300)
        seen = mean_interval(np.sort(rng.uniform(0, 60, 300)), value)
        inside += seen.low <= math.exp(0.125) <= seen.high
    assert 0.86 <= inside / 400 <= 0.95


@pytest.mark.parametrize("bunched", [0.0, 0.3, 0.7])
@pytest.mark.parametrize(("count", "sd"), [(3, 1.0), (5, 1.0), (8, 1.5), (12, 1.5), (30, 1.5)])
def test_a_mean_whose_usual_interval_reaches_below_zero_is_bounded_on_the_logarithm(
    count: int, sd: float, bunched: float
) -> None:
    """Of the samples that need it at most 8 % of the means lie past either bound; the usual upper bound misses up to 14 %."""
    rng, true, needed, over, under = np.random.default_rng(6), math.exp(sd**2 / 2), 0, 0, 0
    for _ in range(1000):
        start = np.sort(rng.uniform(0, 60, count))
        state = rng.normal(size=10)[(start / 6).astype(int)]
        value = np.exp(sd * (math.sqrt(bunched) * state + math.sqrt(1 - bunched) * rng.normal(size=count)))
        seen = mean_interval(start, value)
        assert seen.low > 0 or not math.isfinite(seen.low)
        if seen.logarithmic:
            needed, over, under = needed + 1, over + (true > seen.high), under + (true < seen.low)
    slack = 2 * math.sqrt(0.08 * 0.92 * needed)
    assert needed > 50 and over <= 0.08 * needed + slack and under <= 0.08 * needed + slack


def test_a_mean_of_147_ms_is_never_bounded_by_minus_134() -> None:
    start, value = np.linspace(0, 60, 12), np.array([8.0] * 11 + [1676.0])
    seen = mean_interval(start, value)
    assert seen.logarithmic and 0 < seen.low < 147 < 427 < seen.high


def test_the_interval_of_a_quantile_covers_it() -> None:
    rng, inside, true = np.random.default_rng(4), 0, math.exp(0.5 * stats.norm.ppf(0.95))
    for _ in range(300):
        seen = exceedance(np.sort(rng.uniform(0, 60, 500)), rng.lognormal(0, 0.5, 500), true * 3, 0.95)
        inside += seen.low <= true <= seen.high
    assert inside / 300 >= 0.86


def test_more_of_the_same_never_turns_pass_into_fail() -> None:
    rng = np.random.default_rng(9)
    value = rng.lognormal(0, 0.5, 200)
    small = exceedance(np.linspace(0, 60, 200), value, 3.0, 0.95)
    large = exceedance(np.linspace(0, 600, 2000), np.tile(value, 10), 3.0, 0.95)
    assert small.share.high < 0.05 and large.share.high <= small.share.high
