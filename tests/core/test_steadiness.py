"""Steady phases of a run in the web UI."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from reznet_load.core.phases.steadiness import SETTLE_SECONDS, Steadiness


def feed(start: float, seconds: list[tuple[int, int]]) -> Steadiness:
    """`seconds`: (asked, running) for each second."""
    steadiness = Steadiness(start)
    for number, (asked, running) in enumerate(seconds):
        steadiness.see(start + number, asked, running)
    return steadiness


def test_steady_begins_ten_seconds_after_the_number_is_reached() -> None:
    phases = feed(100, [(10, n) for n in range(5)] + [(10, 10)] * 31).phases()
    steady = next(p for p in phases if p.judged)
    assert (steady.start, steady.end, steady.users) == (105 + SETTLE_SECONDS, 135, 10)


def test_a_new_number_ends_it_and_the_highest_is_judged() -> None:
    phases = feed(0, [(10, 10)] * 60 + [(20, 20)] * 30).phases()
    judged = [p for p in phases if p.judged]
    assert [p.users for p in judged] == [20]
    assert {p.users for p in phases if p.name.startswith("steady")} == {10, 20}


def test_the_longest_at_the_highest_number_is_judged() -> None:
    lost = [(20, 20)] * 20 + [(20, 19)] + [(20, 20)] * 40
    judged = [p for p in feed(0, lost).phases() if p.judged]
    assert len(judged) == 1 and judged[0].start > 21


def test_reset_ends_a_steady_phase() -> None:
    steadiness = feed(0, [(10, 10)] * 30)
    steadiness.interrupt(29)
    for second in range(30, 36):
        steadiness.see(second, 10, 10)
    judged = [p for p in steadiness.phases() if p.judged]
    assert [p.end for p in judged] == [29]


def test_a_short_run_is_never_steady() -> None:
    assert not any(p.judged for p in feed(0, [(10, 10)] * 10).phases())


def test_a_number_just_reached_shows_as_a_phase_that_is_to_begin() -> None:
    steadiness = feed(100, [(10, 5), (10, 10)])
    *_, steady = steadiness.so_far(60)
    assert (steady.name, steady.start, steady.end, steady.judged) == ("steady 10", 101 + SETTLE_SECONDS, 161, True)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=60))
def test_reading_the_phases_so_far_changes_nothing(seconds: list[tuple[int, int]]) -> None:
    looked, left_alone = Steadiness(0), Steadiness(0)
    for number, (asked, running) in enumerate(seconds):
        looked.see(number, asked, running)
        left_alone.see(number, asked, running)
        assert sum(phase.judged for phase in looked.so_far(3600)) <= 1
    assert looked.phases() == left_alone.phases()


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=120))
def test_phases_never_overlap_and_at_most_one_is_judged(seconds: list[tuple[int, int]]) -> None:
    phases = feed(0, seconds).phases()
    assert sum(p.judged for p in phases) <= 1
    for before, after in itertools.pairwise(phases):
        assert before.end <= after.start
