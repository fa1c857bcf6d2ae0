"""Users over time."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reznet_load.core.errors import ConfigError
from reznet_load.core.profile import BEYOND, RECOVERY, Plan, Profile, UserLevel, herd, soak, spike, steady, stress

stages = st.lists(
    st.builds(
        UserLevel,
        st.sampled_from(["a", "b", "c"]),
        st.integers(1, 500),
        st.floats(0, 100),
        st.floats(0.1, 100),
        st.booleans(),
    ),
    min_size=1,
    max_size=6,
).map(lambda found: Profile(tuple(found)))


@given(stages, st.floats(0, 2000))
def test_a_profile_never_asks_for_more_than_its_peak(profile: Profile, elapsed: float) -> None:
    asked = profile.at(elapsed)
    assert (asked is None) == (elapsed >= profile.duration) or elapsed == pytest.approx(profile.duration)
    if asked is not None:
        users, rate = asked
        assert 1 <= users <= profile.peak and rate > 0


@given(stages)
def test_phases_follow_one_another_without_gaps(profile: Profile) -> None:
    phases = profile.phases()
    assert phases[0].start == 0 and phases[-1].end == pytest.approx(profile.duration)
    for before, after in itertools.pairwise(phases):
        assert before.end == pytest.approx(after.start)


def test_the_standard_load_judges_its_steady_phase_only() -> None:
    phases = steady(50, 60, 10).phases()
    assert [(p.name, p.seconds, p.judged) for p in phases] == [("ramp-up", 10, False), ("steady", 60, True)]


def test_stress_judges_the_expected_load_the_hundred_and_the_recovery() -> None:
    profile = stress(50, 100, 15)
    assert [p.name for p in profile.phases() if p.judged] == ["expected 50", "step 100", "recovery"]
    assert profile.peak == 200 and profile.duration < 600


def test_a_spike_rises_steeply_and_its_recovery_is_judged_after_a_minute() -> None:
    profile = spike(50, 60, 10)
    assert [(p.users, p.part) for p in profile.phases() if p.part in (BEYOND, RECOVERY)] == [
        (200, BEYOND),
        (50, RECOVERY),
    ]
    assert profile.at(70) == (200, 75.0) and profile.at(95) == (50, 150.0)  # up within two seconds, down at once
    assert [p.name for p in profile.phases() if p.judged] == ["expected 50", "recovery"]
    phases = {p.name: p for p in profile.phases()}
    assert phases["recovery"].start - phases["spike 200"].end == 60


def test_only_steps_up_to_the_hundred_users_of_the_requirement_are_judged() -> None:
    assert [p.name for p in stress(100, 100, 15).phases() if p.part == BEYOND] == ["step 200", "step 400"]
    assert [p.name for p in stress(50, 100, 15).phases() if p.part == BEYOND] == ["step 200"]


def test_a_soak_is_one_long_judged_phase() -> None:
    assert [(p.name, p.seconds) for p in soak(50, 1800, 10).phases() if p.judged] == [("soak", 1800)]


def test_users_arrive_within_their_reach_and_then_settle() -> None:
    stage = UserLevel("x", 100, 15, 60, reach=10)
    assert (
        stage.rate(50) == 5.0 and UserLevel("x", 100, 15, 60).rate(70) == 2.0 and UserLevel("x", 5, 0, 1).rate(0) == 5.0
    )


def test_users_leave_at_once_however_slowly_others_arrive() -> None:
    assert stress(50, 100, 15).at(345) == (50, 150.0)
    short = {phase.name: phase for phase in stress(50, 20, 3).phases()}  # a turn under way has eight seconds to end
    assert short["recovery"].start - short["step 200"].end == 10
    assert UserLevel("x", 50, 15, 60, reach=10).rate(200) == 150.0 and UserLevel("x", 50, 15, 60).rate(50) > 0


def test_the_rate_reaches_the_users_within_the_ramp() -> None:
    assert steady(50, 60, 10).at(0) == (50, 5.0)


def test_a_herd_arrives_at_once() -> None:
    assert herd(50, 60, 0).at(0) == (50, 50.0)


def test_options_override_the_plans_numbers() -> None:
    plan = Plan(steady, 50, 60, 10)
    assert plan.profile() == steady(50, 60, 10)
    assert plan.profile(100, 120, 0) == steady(100, 120, 0)


@pytest.mark.parametrize("stage", [UserLevel("x", 0, 1, 1), UserLevel("x", 1, -1, 1), UserLevel("x", 1, 1, 0)])
def test_a_profile_without_users_or_time_is_refused(stage: UserLevel) -> None:
    with pytest.raises(ConfigError, match="at least one stage"):
        Profile((stage,))
