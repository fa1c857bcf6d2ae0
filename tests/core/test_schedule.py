"""A schedule that is never reset."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reznet_load.core.phases.schedule import Schedule


def test_the_first_start_is_at_a_random_phase_and_the_next_a_period_later() -> None:
    schedule = Schedule(4.0, 0.25)
    assert schedule.late(100) is None
    assert schedule.wait(100) == 1.0 and schedule.intended == 101
    assert schedule.wait(102) == 3.0 and schedule.intended == 105


def test_slots_behind_a_slow_answer_are_caught_up_back_to_back() -> None:
    schedule = Schedule(1.0, 0.0)
    schedule.wait(0)
    assert [schedule.wait(now) for now in (5, 5, 5)] == [0, 0, 0]
    assert schedule.late(5) == pytest.approx(2)


@given(st.floats(0.1, 10), st.floats(0, 0.999), st.lists(st.floats(0, 20), min_size=1, max_size=50))
def test_no_slot_is_ever_lost(period: float, phase: float, answers: list[float]) -> None:
    schedule, now = Schedule(period, phase), 0.0
    for answer in answers:
        now += schedule.wait(now)
        now += answer
    assert schedule.intended == pytest.approx((phase + len(answers) - 1) * period)
