"""Is B slower than A? Pairs of blocks, their difference, and what is answered."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.duel.streams import rows
from reznet_load.verdict.duel.answer import MISSING, NO_WORSE, OPEN, SLIGHTLY, SLOWER, answer, decide, outcome
from reznet_load.verdict.duel.change import PairedChange, changes
from reznet_load.verdict.duel.pairs import FEWEST_PAIRS, PairedRow, correlation, decorrelated, paired


def row(differences: np.ndarray, name: str = "GET /a") -> PairedRow:
    """A row whose pairs differ by these logarithms, ten operations in each block."""
    counts = np.full((2, len(differences)), 10.0)
    return PairedRow(name, np.array([np.zeros(len(differences)), 10 * differences]), counts)


def change(estimate: float, low: float, high: float, adjusted: float, pairs: int = 20) -> PairedChange:
    return PairedChange("GET /a", estimate, low, high, adjusted, adjusted, pairs, 15.0, True)


def test_a_constant_factor_is_found_whatever_the_machine_does() -> None:
    rng = np.random.default_rng(3)
    start = np.sort(rng.uniform(0, 300, 4000))
    machine = 1 + 0.5 * np.sin(start / 20)
    value = 100 * machine * rng.lognormal(0, 0.3, 4000)
    found = paired("GET /a", (start, start), (value, 1.2 * value), 0.0, 300.0)
    (one,), left = changes([found])
    assert one.estimate == pytest.approx(20.0) and one.slower and left == 0.0
    assert one.pairs == 20 and one.block_seconds == 15.0


def test_a_block_in_which_a_side_has_nothing_is_no_pair() -> None:
    starts = np.arange(0.0, 60.0), np.arange(0.0, 30.0)
    found = paired("GET /a", starts, (np.ones(60), np.ones(30)), 0.0, 60.0)
    assert len(found.differences) == 2


def test_a_share_is_a_difference_in_percentage_points() -> None:
    start = np.arange(0.0, 300.0, 0.1)
    failed_a, failed_b = (np.arange(3000) % 50 == 0), (np.arange(3000) % 25 == 0)
    (one,), _ = changes([paired("GET /a", (start, start), (failed_a, failed_b), 0.0, 300.0, ratio=False)])
    assert one.estimate == pytest.approx(2.0) and one.slower


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(-0.5, 0.5), st.integers(3, 40))
def test_swapping_the_sides_turns_the_answer_around(seed: int, shift: float, pairs: int) -> None:
    differences = np.random.default_rng(seed).normal(shift, 0.1, pairs)
    (one,), _ = changes([row(differences)])
    (other,), _ = changes([row(-differences)])
    assert (1 + one.estimate / 100) * (1 + other.estimate / 100) == pytest.approx(1.0)
    assert one.p + other.p == pytest.approx(1.0)
    assert one.low <= one.estimate <= one.high


def test_blocks_are_joined_twice_at_most_and_never_below_ten_pairs() -> None:
    rng = np.random.default_rng(1)
    slow = np.repeat(rng.normal(0, 0.1, 20), 8) + rng.normal(0, 0.01, 160)
    joined, seconds, left = decorrelated([row(slow)])
    assert seconds == 60.0 and len(joined[0].differences) == 40 and left > 0.2
    joined, seconds, left = decorrelated([row(slow[:24])])
    assert seconds == 30.0 and len(joined[0].differences) == 12 >= FEWEST_PAIRS
    joined, seconds, _ = decorrelated([row(rng.normal(0, 0.1, 160))])
    assert seconds == 15.0


def test_what_correlation_is_left_widens_the_interval() -> None:
    rng = np.random.default_rng(1)
    slow = np.repeat(rng.normal(0, 0.1, 5), 3) + rng.normal(0, 0.01, 15)
    (one,), left = changes([row(slow)])
    assert left == pytest.approx(correlation(slow)) and left > 0.2
    plain = slow.std(ddof=1) / np.sqrt(15)
    assert (np.log1p(one.high / 100) - np.log1p(one.low / 100)) / 2 > 1.7 * plain


def test_false_alarms_and_finds_are_those_of_the_table() -> None:
    rng = np.random.default_rng(11)
    quiet = [any(one.slower for one in changes(rows(rng, 300, {}))[0]) for _ in range(200)]
    rest = [changes(rows(rng, 300, {0: 0.10}))[0][0].slower for _ in range(100)]
    turns = [changes(rows(rng, 300, {9: 0.10}))[0][9].slower for _ in range(100)]
    assert np.mean(quiet) <= 0.09  # 5 % of 200: three standard errors above it
    assert np.mean(rest) >= 0.9 and np.mean(turns) >= 0.75


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (change(20, 15, 25, 0.001), SLOWER),
        (change(3, 1, 5, 0.01), SLIGHTLY),
        (change(1, -2, 4, 0.3), NO_WORSE),
        (change(-9, -12, -6, 1.0), NO_WORSE),
        (change(4, -1, 9, 0.08), OPEN),
    ],
)
def test_each_row_is_answered_by_proof_and_margin(found: PairedChange, expected: str) -> None:
    assert decide(found, 5.0) == expected


def test_the_worst_row_decides_and_what_is_open_says_how_much_longer() -> None:
    rows = {"api": (change(1, -2, 4, 0.3), change(4, -1, 9, 0.08)), "turns": (change(20, 15, 25, 0.001),), "none": ()}
    api, turns, none = answer(rows, {"turns": 30.0})
    assert api.answer == OPEN and api.more is not None and api.more >= 1
    assert turns.answer == SLIGHTLY and none.answer == MISSING


def test_the_outcome_is_that_of_the_required() -> None:
    slow, same = answer({"a": (change(20, 15, 25, 0.001),), "b": (change(0, -2, 2, 0.5),)}, {})
    (open_,) = answer({"c": (change(4, -1, 9, 0.08),)}, {})
    (missing,) = answer({"d": ()}, {})
    assert outcome((slow, same), frozenset("ab"), False) == "fail"
    assert outcome((slow, same), frozenset("b"), False) == "pass"
    assert outcome((same, open_), frozenset("bc"), False) == "warning"
    assert outcome((same, open_), frozenset("bc"), True) == "fail"
    assert outcome((same,), frozenset("b"), True) == "pass"
    assert outcome((same, missing), frozenset("bd"), False) == "unjudged"
