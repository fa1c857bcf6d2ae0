"""Shares, expectations and names before a run."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reznet_load.deployment import channels
from reznet_load.deployment.announce import busy_share
from reznet_load.deployment.prepare import share


def test_the_shipped_mix_of_fifty_and_of_a_hundred() -> None:
    mix = {"rest": 24, "chat": 12, "agent": 14}
    assert share(mix, 50) == mix
    assert share(mix, 100) == {"rest": 48, "chat": 24, "agent": 28}
    assert share(mix, 5) == {"rest": 3, "chat": 1, "agent": 1}


@given(st.lists(st.integers(0, 50), min_size=3, max_size=3).filter(any), st.integers(1, 1000))
def test_shares_add_up_to_the_users(weights: list[int], users: int) -> None:
    dealt = share(dict(zip("abc", weights, strict=True)), users)
    assert sum(dealt.values()) == users and all(dealt[k] == 0 for k, w in zip("abc", weights, strict=True) if not w)


def test_busy_answers_are_expected_only_where_users_outnumber_agents() -> None:
    assert busy_share(5, 5, 1.0, 4.2) == 0
    assert 0.3 < busy_share(14, 5, 1.2, 4.2) < 0.5
    assert busy_share(28, 5, 1.2, 4.2) > busy_share(14, 5, 1.2, 4.2)


def test_busy_share_agrees_with_a_simulation_of_one_agent() -> None:
    """Three users of one agent, exponential thinking and answering: Engset's formula is exact there."""
    import random

    rng, busy_until, asked, refused = random.Random(3), 0.0, 0, 0
    think, answer = 3.0, 1.2
    wake = [rng.expovariate(1 / think) for _ in range(3)]
    for _ in range(60_000):
        user = min(range(3), key=wake.__getitem__)
        now, asked = wake[user], asked + 1
        if now < busy_until:
            refused += 1
            wake[user] = now + rng.expovariate(1 / think)
        else:
            busy_until = now + rng.expovariate(1 / answer)
            wake[user] = busy_until + rng.expovariate(1 / think)
    assert busy_share(3, 1, answer, think + answer) == pytest.approx(refused / asked, abs=0.01)


def channel(topic: str, name: str = channels.PREFIX + "x-00001") -> dict[str, str]:
    return {"name": name, "topic": topic}


def test_a_channel_is_left_over_once_its_maker_is_gone_or_its_time_is_up() -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    here, soon = socket.gethostname(), int(time.time()) + 100
    alive = channels.owner(time.time() + 100)
    assert not channels.left_over(channel(alive))
    assert channels.left_over(channel(f"host={here} pid={ended.pid} until={soon}"))
    assert not channels.left_over(channel(f"host=elsewhere pid={ended.pid} until={soon}"))
    assert channels.left_over(channel(f"host=elsewhere pid=1 until={soon - 200}"))


def test_no_other_channel_is_ever_left_over() -> None:
    gone = f"host={socket.gethostname()} pid={2**22 + 1} until=1"
    assert not channels.left_over(channel(gone, name="general"))
    assert not channels.left_over(channel("just a topic"))
    assert not channels.left_over({"name": channels.PREFIX, "topic": None})


def test_names_fit_the_contract() -> None:
    assert len(channels.name("20261124-101112", 99_999)) <= 100
    assert str(os.getpid()) in channels.owner(0)
