"""The test between two runs has its stated error rates, also with clustered samples."""

from __future__ import annotations

import numpy as np
import pytest

from reznet_load.history.between import Blocks, bound_between, difference, in_tail
from reznet_load.verdict.intervals import blocks, per_block


def run(rng: np.random.Generator, count: int, bunched: float, factor: float = 1.0) -> np.ndarray:
    """`count` times by ten blocks, log-sd .5, of which the share `bunched` of the variance is between blocks."""
    block = np.repeat(rng.normal(0, 0.5 * np.sqrt(bunched), 10), count // 10)
    return factor * np.exp(block + rng.normal(0, 0.5 * np.sqrt(1 - bunched), count))


def past(values: np.ndarray, bound: float) -> Blocks:
    return Blocks((values >= bound).reshape(10, -1).sum(1).astype(float), np.full(10, len(values) / 10))


def of_mean(values: np.ndarray) -> Blocks:
    return Blocks(values.reshape(10, -1).sum(1), np.full(10, len(values) / 10))


@pytest.mark.parametrize("bunched", [0.0, 0.1])
@pytest.mark.parametrize("level", [0.5, 0.95, None])
def test_equal_runs_differ_as_seldom_as_the_test_says(bunched: float, level: float | None) -> None:
    rng, found = np.random.default_rng(3), 0
    for _ in range(400):
        a, b = run(rng, 300, bunched), run(rng, 300, bunched)
        bound = np.quantile(np.concatenate([a, b]), level) if level else 0
        sides = (past(a, bound), past(b, bound)) if level else (of_mean(a), of_mean(b))
        found += difference(*sides, share=level is not None) <= 0.05
    assert found <= 0.08 * 400, found


@pytest.mark.parametrize("level", [0.5, None])
def test_a_difference_of_twenty_percent_is_found(level: float | None) -> None:
    rng, found = np.random.default_rng(4), 0
    for _ in range(50):
        a, b = run(rng, 500, 0), run(rng, 500, 0, 1.2)
        bound = np.quantile(np.concatenate([a, b]), level) if level else 0
        sides = (past(a, bound), past(b, bound)) if level else (of_mean(a), of_mean(b))
        found += difference(*sides, share=level is not None) <= 0.05
    assert found >= 45


def test_one_block_is_no_test_and_constants_are_equal_or_not() -> None:
    ten, one = np.full(10, 5.0), np.array([5.0])
    assert difference(Blocks(one, one), Blocks(ten, ten), share=False) is None
    assert difference(Blocks(ten, ten), Blocks(ten, ten), share=False) == 1.0
    assert difference(Blocks(2 * ten, ten), Blocks(ten, ten), share=False) == 0.0
    assert difference(Blocks(0 * ten, ten), Blocks(ten, ten), share=True) < 1e-5


HOLM = 0.05 / 40  # what the smallest of forty p values must reach: two statistics of twenty rows


def timed(rng: np.random.Generator, count: int, bunched: float, factor: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """(start, ms) of `count` calls in a minute, log-sd .6, of which the share `bunched` of the variance is between ten blocks."""
    start, state = np.sort(rng.uniform(0, 60, count)), rng.normal(size=10)
    noise = np.sqrt(bunched) * state[(start / 6).astype(int)] + np.sqrt(1 - bunched) * rng.normal(size=count)
    return start, factor * 30 * np.exp(0.6 * noise)


def p_of(one: tuple[np.ndarray, np.ndarray], other: tuple[np.ndarray, np.ndarray], level: float) -> float:
    bound = bound_between(one[1], other[1], level)
    sides = []
    for start, value in (one, other):
        block = blocks(start)
        counts, used = per_block(block), per_block(block) > 0
        sides.append(Blocks(per_block(block, (value >= bound).astype(float))[used], counts[used]))
    found = difference(*sides, share=True, tail=in_tail(level))
    assert found is not None
    return found


@pytest.mark.parametrize("bunched", [0.0, 0.1, 0.3, 0.6])
@pytest.mark.parametrize(("few", "many"), [(80, 80), (165, 165), (80, 500)])
@pytest.mark.parametrize("level", [0.5, 0.95])
def test_few_and_bunched_runs_give_no_more_alarms_than_stated(
    level: float, few: int, many: int, bunched: float
) -> None:
    rng, runs = np.random.default_rng(1), 400
    p = np.array([p_of(timed(rng, few, bunched), timed(rng, many, bunched), level) for _ in range(runs)])
    assert (p <= 0.05).mean() <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / runs) and (p <= HOLM).sum() <= 3


@pytest.mark.parametrize(
    ("few", "many", "bunched", "least"),
    [
        (80, 80, 0.0, 0.95),
        (80, 80, 0.1, 0.9),
        (165, 165, 0.1, 0.95),
        (165, 165, 0.3, 0.8),
        (80, 500, 0.3, 0.8),
        (165, 165, 0.6, 0.5),
    ],
)
def test_a_p95_three_times_as_slow_is_found_among_forty_tests(
    few: int, many: int, bunched: float, least: float
) -> None:
    rng, runs = np.random.default_rng(2), 100
    p = np.array([p_of(timed(rng, few, bunched), timed(rng, many, bunched, 3.0), 0.95) for _ in range(runs)])
    assert (p <= HOLM).mean() >= least
    swapped = np.array([p_of(timed(rng, many, bunched, 3.0), timed(rng, few, bunched), 0.95) for _ in range(runs)])
    assert (swapped <= HOLM).mean() >= least
