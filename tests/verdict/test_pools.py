"""What runs with pools of several sizes prove, and what they do not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reznet_load.verdict.capacity.pools import PoolTrial, choose
from reznet_load.verdict.judgement import Judgement


def p95(value: float, low: float, high: float) -> Judgement:
    return Judgement("pass", value, "ms", 300, "GET /api/channels/{id}/messages", "steady", low, high)


def trial(size: int, value: float, low: float, high: float, waited: float | None = 20.0) -> PoolTrial:
    return PoolTrial(size, {"message page p95": p95(value, low, high)}, waited)


@pytest.mark.parametrize(
    ("trials", "sizes", "says"),
    [
        ([trial(2, 90, 80, 99), trial(5, 20, 15, 25)], (5,), "Best: 5 connections."),
        ([trial(2, 20, 15, 25), trial(50, 90, 80, 99)], (2,), "Best: 2 connections."),
        ([trial(2, 22, 15, 30), trial(5, 20, 14, 28)], (2, 5), "No difference proven between 2, 5 connections"),
        ([trial(2, 21.5, 21.2, 22), trial(5, 20, 19, 21)], (2, 5), "No difference proven"),  # below 10 %
        (
            [trial(2, 90, 80, 99), trial(5, 20, 15, 25), trial(10, 21, 15, 26)],
            (5, 10),
            "Best: 5, 10 connections, among which no difference is proven; 2 is proven worse. There is no reason to change",
        ),
        ([trial(2, 90, 80, 99)], (), "No comparison"),
        ([trial(2, 90, 80, 99), PoolTrial(5, usable=False)], (), "No comparison"),
    ],
)
def test_only_proven_differences_are_reported(trials: list[PoolTrial], sizes: tuple[int, ...], says: str) -> None:
    found = choose(trials)
    assert found.sizes == sizes and says in found.text


def test_the_evidence_names_both_sides_with_their_intervals() -> None:
    (line,) = choose([trial(2, 90, 80, 99), trial(5, 20, 15, 25)]).evidence
    assert line == (
        "message page p95: 2 connections 90 ms (90 % interval 80 ms to 99 ms), 5 connections 20 ms (90 % interval "
        "15 ms to 25 ms)."
    )


def test_pools_without_waiting_are_not_distinguished() -> None:
    found = choose([trial(5, 90, 80, 99, waited=0.2), trial(20, 20, 15, 25, waited=0.0)])
    assert found.sizes == (5, 20) and "No difference proven" in found.text
    assert found.evidence[0].endswith(
        "But no request waited for a connection in either run: the pool is not the cause."
    )


def test_if_waiting_is_unknown_the_intervals_alone_decide() -> None:
    assert choose([trial(5, 90, 80, 99, waited=None), trial(20, 20, 15, 25, waited=None)]).sizes == (20,)


def test_a_size_with_which_most_failed_is_worse_than_one_with_a_latency() -> None:
    broken = Judgement("fail", None, "ms", 100, "GET /x", "steady", reason="60 % failed (60 of 100)")
    found = choose([PoolTrial(1, {"message page p95": broken}, 90.0), trial(5, 20, 15, 25)])
    assert found.sizes == (5,) and "60 % failed" in found.evidence[0]


def test_each_worse_in_something_leaves_none_best() -> None:
    slow = {"message page p95": p95(90, 80, 99), "error rate": p95(1, 0.5, 1.5)}
    failing = {"message page p95": p95(20, 15, 25), "error rate": p95(9, 8, 10)}
    assert choose([PoolTrial(2, slow, 20.0), PoolTrial(5, failing, 20.0)]).text.startswith("No size is best")


@given(st.lists(st.tuples(st.floats(1, 1e4), st.floats(1.0, 2.0)), min_size=2, max_size=6))
def test_the_quickest_is_never_called_worse(values: list[tuple[float, float]]) -> None:
    trials = [trial(size, value, value / spread, value * spread) for size, (value, spread) in enumerate(values, 1)]
    assert min(trials, key=lambda one: one.measures["message page p95"].value).size in choose(trials).sizes  # type: ignore[arg-type,return-value]
