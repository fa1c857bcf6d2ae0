"""Pairs of users: both sides do the same at the same moment."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reznet_load.chat.prompts import addressed, load
from reznet_load.core.phases.pairs import TOSS_SECONDS, PairedSide, PairedUser
from reznet_load.dialects.reznet import V2

START = 1_800_000_000.0


def pair(seed: str = "7", kind: str = "agent") -> tuple[PairedUser, PairedUser]:
    return PairedSide(seed, 0).place(kind), PairedSide(seed, 1).place(kind)


def starts(user: PairedUser, period: float, answers: list[float], began: float = START) -> list[tuple[int, float]]:
    """(round, intended start) of each round of a user whose answers take so long."""
    schedule, now, made = user.schedule(period), began, []
    for answer in answers:
        now += schedule.wait(now) + answer
        assert schedule.intended is not None
        made.append((schedule.round, schedule.intended))
    return made


def test_users_are_numbered_alike_on_both_sides_kind_by_kind() -> None:
    a, b = PairedSide("7", 0), PairedSide("7", 1)
    came = [a.place("rest"), a.place("chat"), a.place("rest")], [b.place("rest"), b.place("rest"), b.place("chat")]
    assert [(one.kind, one.number) for one in came[0]] == [("rest", 0), ("chat", 0), ("rest", 1)]
    assert [(one.kind, one.number) for one in came[1]] == [("rest", 0), ("rest", 1), ("chat", 0)]


@given(st.floats(0.5, 10), st.lists(st.floats(0, 30), min_size=20, max_size=20), st.integers(0, 10_000))
def test_a_pair_starts_the_same_rounds_at_the_same_moments(period: float, slow: list[float], seed: int) -> None:
    a, b = pair(str(seed))
    quick, late = starts(a, period, [0.0] * 20), starts(b, period, slow)
    assert [one for one, _ in quick] == [one for one, _ in late]
    assert all(abs(abs(x - y) - TOSS_SECONDS) < 1e-6 for (_, x), (_, y) in zip(quick, late, strict=True))


def test_a_user_that_was_away_rejoins_the_rounds_of_its_pair() -> None:
    a, b = pair()
    whole = dict(starts(a, 4.0, [0.0] * 50))
    later = starts(b, 4.0, [0.0] * 20, began=START + 101.5)
    assert all(abs(whole[round] - at) <= TOSS_SECONDS + 1e-6 for round, at in later)


def test_a_pair_asks_the_same_prompts_of_the_same_agents() -> None:
    prompts, agents = load(), ("@backend", "@frontend", "@qa", "@orchestrator")

    def asked(user: PairedUser, round: int) -> object:
        luck = user.luck(round)
        return addressed(prompts.pick(luck), agents, luck, V2)

    a, b = pair()
    questions = [asked(a, round) for round in range(40)]
    assert questions == [asked(b, round) for round in range(40)]
    assert len(set(questions)) > 10


def test_a_fair_coin_decides_which_of_a_pair_starts_first() -> None:
    a, b = pair()
    first = [a.waits(round) == 0.0 for round in range(2000)]
    assert all((b.waits(round) == 0.0) is not one for round, one in enumerate(first))
    assert sum(first) / 2000 == pytest.approx(0.5, abs=0.04)


def test_other_seeds_and_other_users_have_other_starts() -> None:
    phases = {starts(PairedUser(seed, "rest", number, 0), 4.0, [0.0])[0][1] for seed in "12" for number in range(50)}
    assert len(phases) == 100
