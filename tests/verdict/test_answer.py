"""The capacity computed from steps, the scalability law if it fits, and a step that saturates."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reznet_load.core.phases.steps import Step
from reznet_load.core.profile import STEADY, STEP, Phase
from reznet_load.core.rows import AGENT_TURN
from reznet_load.verdict.capacity.answer import capacity, line, text
from reznet_load.verdict.capacity.saturation import rising
from reznet_load.verdict.capacity.scalability_law import fit
from tests.builders import ORIGIN
from tests.stepped import series

CYCLE, MOST = 15.0, 8.0  # s between two replies to a user of the mix; replies a second: N* = 120


def step(users: int, state: str = "", part: str = STEP, reason: str = "") -> Step:
    """As a closed system with a ceiling gives it."""
    turns = min(users / CYCLE, MOST)
    state = state or ("pass" if users <= CYCLE * MOST else "fail")
    good = turns if state == "pass" else 0.3 * turns
    rows = {AGENT_TURN.key: good, "GET /health": users / 5, "GET /rare": 0.1}
    return Step(
        f"step {users}", part, users, 45.0, state, reason, 10 * turns, good, good, good, turns, 900.0, 0.0, rows
    )


def test_the_capacity_is_an_interval_with_n_star() -> None:
    found = capacity(
        (step(50), step(100), step(200, reason="ttfb_mean: slow"), step(141), step(119), step(119, part=STEADY))
    )
    assert found is not None and (found.low, found.high, found.confirmed, found.resolved) == (119, 141, True, True)
    assert (found.cycle, found.most, found.n_star) == (15.0, 8.0, 120.0)
    assert found.kept == pytest.approx(30.3, abs=0.1) and found.kept_row == AGENT_TURN.key and found.law is None
    (told,) = line(found)
    assert (told.outcome, told.value, told.counts) == ("pass", 119.0, False)
    assert told.reason == "119 to 141 users: 119 passed and passed once more, 141 failed; N* = 120 users"


@pytest.mark.parametrize(
    ("steps", "outcome", "says"),
    [
        ((step(50), step(100)), "warning", "at least 100 users: nothing failed"),
        ((step(50), step(100, "warning", reason="x")), "warning", "100 stayed undecided, which is not a pass"),
        ((step(50), step(100), step(200, "void")), "warning", "the generator was at its limit with 200, not the backend"),
        ((step(50), step(100), step(200, "void"), step(100, "fail", STEADY)), "warning", "50 to 100 users: 50 passed"),
        ((step(2, "fail", reason="ttfb_mean: slow"), step(1, "fail", reason="ttfb_mean: slow")), "fail",
         "not even one user met every requirement (ttfb_mean: slow)"),
        ((step(2, "warning", reason="7 samples are too few"),), "pending", "no answer: 2 users stayed undecided (7 samples"),
        ((step(50), step(100), step(100, "fail", STEADY)), "warning", "50 passed, not confirmed, 100 failed"),
    ],
)  # fmt: skip
def test_an_uncertain_capacity_says_so(steps: tuple[Step, ...], outcome: str, says: str) -> None:
    found = capacity(steps)
    assert found is not None
    assert line(found)[0].outcome == outcome and says in text(found)


def test_what_a_row_keeps_is_no_more_than_all_and_the_rows_that_grow_do_not_make_up_for_it() -> None:
    def served(users: int, state: str, turns: float) -> Step:
        return replace(
            step(users, state), goodput=turns + users / 5, good={AGENT_TURN.key: turns, "GET /health": users / 5}
        )

    stuck = capacity((served(50, "pass", 3.3), served(100, "pass", 6.7), served(200, "fail", 0.0)))
    assert stuck is not None and (stuck.kept_row, stuck.kept) == (AGENT_TURN.key, 0.0)
    grown = capacity((served(50, "pass", 3.3), served(200, "fail", 6.7)))
    assert grown is not None and grown.kept == 100.0


def test_throughput_that_only_grows_has_no_n_star() -> None:
    found = capacity((step(20), step(40), step(80)))
    assert found is not None and found.n_star is None and found.kept is None


def test_a_rate_limited_by_the_generator_is_no_ceiling_of_the_backend() -> None:
    found = capacity((step(50), step(100), step(200, "void")))
    assert found is not None and found.generator
    assert (found.n_star, found.kept, found.law) == (None, None, None) and found.most == pytest.approx(
        100 / CYCLE, rel=1e-4
    )
    alone = capacity((step(50, "void"),))
    assert alone is not None and (alone.n_star, alone.kept, alone.most) == (None, None, None)


def test_a_run_that_searched_for_nothing_has_no_capacity() -> None:
    assert capacity((step(50, part=STEADY), step(100, part=STEADY))) is None and line(None) == ()


USERS = [25, 50, 75, 100, 150, 200, 300]


@settings(deadline=None)  # the first call imports scipy's optimiser
@given(st.floats(0.5, 3), st.floats(0.001, 0.05), st.floats(1e-5, 1e-4))
def test_the_law_is_shown_where_it_fits(rate: float, contention: float, coherency: float) -> None:
    law = fit(USERS, [rate * n / (1 + contention * (n - 1) + coherency * n * (n - 1)) for n in USERS])
    assert law is not None and law.residual < 0.05
    assert law.peak == pytest.approx(((1 - contention) / coherency) ** 0.5, rel=0.1)


def test_the_law_is_left_out_where_it_does_not() -> None:
    assert fit(USERS, [min(n / CYCLE, 4) for n in USERS]) is None  # linear, then flat: the law does not fit
    assert fit(USERS, [n / CYCLE for n in USERS]) is None  # nothing bends: no coherency to speak of
    assert fit(USERS[:5], [1.0, 2.0, 2.9, 3.7, 5.0]) is None and fit(USERS, [0.0] * 7) is None


SECONDS = ORIGIN + np.arange(45.0)


@pytest.mark.parametrize(
    ("flight", "first", "seconds", "goes_under"),
    [
        (20 + 0.5 * np.arange(45), 300 + 20 * np.arange(45), 45, True),
        (20 + 0.5 * np.arange(45), np.full(45, 300.0), 45, False),  # more users, same speed
        (np.full(45, 20.0), 300 + 20 * np.arange(45), 45, False),
        (20 + 0.5 * np.arange(45), 300 + 20 * np.arange(45), 25, False),  # too short to say
        (20 + 0.001 * np.arange(45), 300 + 0.1 * np.arange(45), 45, False),  # sure, but of no weight
    ],
)
def test_a_step_saturates_if_both_values_rise(
    flight: np.ndarray, first: np.ndarray, seconds: float, goes_under: bool
) -> None:
    noise = np.random.default_rng(2).normal(0, 1, 45)
    found = {
        "GAUGE turns in flight": series("GAUGE turns in flight", SECONDS, flight + noise, unit="count"),
        "CHAT first token": series("CHAT first token", SECONDS, first + 5 * noise),
    }
    said = rising(found, Phase("step", ORIGIN, ORIGIN + seconds, 50, True, STEP))
    assert bool(said) == goes_under, said
