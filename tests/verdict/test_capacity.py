"""The search for the capacity, on truths that are known."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reznet_load.verdict.capacity.search import (  # fmt: skip
    FAIL,
    MOST_STEPS,
    OPEN,
    PASS,
    RESOLUTION,
    VOID,
    Lengths,
    TriedStep,
    between,
    next_step,
)

DEFAULT = Lengths(15, 45)


def search(judge, first: int = 50, lengths: Lengths = DEFAULT, failing_takes: float = 20.0) -> list[TriedStep]:
    """All that is tried where `judge(users)` says the state of a step; a failing one is stopped early."""
    tried: list[TriedStep] = []
    for _ in range(40):
        coming = next_step(tried, lengths, first)
        if coming.what == "end":
            return tried
        state = judge(coming.users)
        took = failing_takes if state == FAIL else coming.seconds
        if coming.what == "longer":
            tried[-1] = TriedStep(coming.users, state, tried[-1].seconds + took, tried[-1].confirms, longer=True)
        else:
            tried.append(TriedStep(coming.users, state, took, confirms=coming.what == "confirm"))
    raise AssertionError(f"does not end: {tried}")


def seconds(tried: list[TriedStep], lengths: Lengths = DEFAULT) -> float:
    return sum(one.seconds + lengths.settle for one in tried)


@given(st.integers(1, 5000), st.integers(1, 400))
def test_the_search_ends_and_its_interval_contains_the_true_capacity(truth: int, first: int) -> None:
    tried = search(lambda users: PASS if users <= truth else FAIL, first)
    steps = [one for one in tried if not one.confirms]
    low, high = between(tried)
    assert len(steps) <= MOST_STEPS and seconds(tried) <= DEFAULT.budget
    assert low <= truth and (high is None or truth < high)


@given(st.integers(40, 399))
def test_a_capacity_near_fifty_is_found_within_ten_percent(truth: int) -> None:
    tried = search(lambda users: PASS if users <= truth else FAIL)
    low, high = between(tried)
    assert high is not None and low >= 0.9 * truth and high <= 1.1 * truth + 1


def test_with_a_noisy_judge_the_capacity_is_found_within_ten_percent() -> None:
    luck, close = random.Random(7), 0
    for _ in range(1000):
        truth = luck.randint(40, 399)

        def judge(users: int, truth: int = truth) -> str:
            """As intervals do: sure of what is 5 % away, open or by luck within."""
            away = users / truth - 1
            return luck.choice([PASS, FAIL, OPEN]) if abs(away) <= 0.05 else FAIL if away > 0 else PASS

        low, high = between(search(judge))
        assert high is not None and low <= 1.05 * truth and high >= 0.95 * truth
        close += abs(math.sqrt(low * high) / truth - 1) <= 0.1
    assert close >= 930, close


@given(st.lists(st.sampled_from([PASS, FAIL, OPEN, VOID]), min_size=60, max_size=60), st.integers(1, 300))
def test_the_search_ends_in_time_with_any_judge(states: list[str], first: int) -> None:
    said = iter(states)
    tried = search(lambda _: next(said), first, failing_takes=45.0)
    assert len([one for one in tried if not one.confirms]) <= MOST_STEPS and seconds(tried) <= DEFAULT.budget
    low, high = between(tried)
    assert high is None or low < high


def test_what_stays_open_is_held_twice_as_long_and_does_not_pass() -> None:
    tried = search(lambda users: PASS if users < 100 else OPEN)
    assert tried[1].users == 100 and tried[1].longer and tried[1].seconds == 90
    assert between(tried)[1] is not None and between(tried)[0] < 100


def test_a_generator_at_its_limit_ends_the_climb_and_the_last_pass_is_held_again() -> None:
    tried = search(lambda users: PASS if users <= 200 else VOID)
    assert [one.users for one in tried] == [50, 100, 200, 400, 200] and tried[-1].confirms


def test_time_between_steps_is_subtracted() -> None:
    tried = [TriedStep(50, PASS, 45), TriedStep(100, FAIL, 20)]
    assert next_step(tried, DEFAULT, 50).what == "step" and next_step(tried, DEFAULT, 50, late=300).what == "confirm"
    assert next_step(tried, DEFAULT, 50, late=400).what == "end"


def test_the_capacity_is_confirmed_once_more() -> None:
    tried = search(lambda users: PASS if users <= 120 else FAIL)
    assert tried[-1].confirms and tried[-1].users == between(tried[:-1])[0] and tried[-1].seconds == 60


def test_a_confirmation_that_stays_open_is_held_on() -> None:
    said = iter([PASS, FAIL, FAIL, FAIL, FAIL, FAIL, OPEN, PASS])
    tried = search(lambda _: next(said))
    assert tried[-1].confirms and tried[-1].longer and tried[-1].state == PASS and tried[-1].seconds == 120


def test_where_nothing_passes_it_goes_down_to_one_user() -> None:
    tried = search(lambda _: FAIL, first=20)
    assert [one.users for one in tried] == [20, 10, 5, 2, 1] and between(tried) == (0, 1)


@pytest.mark.parametrize(("settle", "hold", "confirm"), [(15, 45, 60), (60, 180, 600), (5, 15, 20)])
def test_lengths(settle: float, hold: float, confirm: float) -> None:
    assert Lengths(settle, hold).confirm == confirm
    assert Lengths(15, 45).budget <= 530  # and half a minute each for what comes before and after
    assert RESOLUTION == 0.05
