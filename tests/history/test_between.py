"""The test between two runs: right as often as it says, also where samples come in bunches."""

from __future__ import annotations

import numpy as np
import pytest

from reznet_load.history.between import Blocks, difference


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
def test_a_difference_of_a_fifth_is_found(level: float | None) -> None:
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
    assert difference(Blocks(0 * ten, ten), Blocks(ten, ten), share=True) < 1e-6
