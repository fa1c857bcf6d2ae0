"""Shares of users, expected busy answers, and channel names."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reznet_load.core.system import machine
from reznet_load.deployment import channels
from reznet_load.deployment.announce import busy_share
from reznet_load.deployment.channels import Maker
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


def test_a_run_is_over_if_its_process_on_this_machine_is_gone() -> None:
    running = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    mark, soon = machine.process_mark(running.pid), int(time.time()) + 100
    topic = f"host=elsewhere pid={running.pid} mark={mark} until=1"
    assert channels.maker(channel(topic)) is Maker.ON  # whatever host and clock say
    running.communicate()
    assert channels.maker(channel(topic)) is Maker.OVER
    assert channels.maker(channel(channels.owner(soon))) is Maker.ON
    own = machine.process_mark(os.getpid())
    reused = own.rpartition("-")[0] + "-1"  # the same number, another process
    assert channels.maker(channel(f"host=x pid={os.getpid()} mark={reused} until={soon}")) is Maker.OVER


def test_a_host_and_a_pid_alone_prove_nothing_about_a_run() -> None:
    here, soon = socket.gethostname(), int(time.time()) + 100
    gone = f"host={here} pid={2**22 + 1}"
    boot, space, start = machine.process_mark(os.getpid()).split("-")
    for mark in ("", " mark=unknown", f" mark={boot}-1-{start}", f" mark=0123456789abcdef-{space}-{start}"):
        assert channels.maker(channel(f"{gone}{mark} until={soon}")) is Maker.UNKNOWN
        assert channels.maker(channel(f"{gone}{mark} until=1")) is Maker.LATE
    assert channels.maker(channel("just a topic")) is Maker.UNKNOWN
    assert not channels.is_ours(channel(gone, name="general") | {"id": "1"})
    assert not channels.is_ours({"name": channels.PREFIX + "x", "id": "../../x"})


def test_names_fit_the_contract() -> None:
    assert len(channels.name("20261124-101112", 99_999)) <= 100
    assert str(os.getpid()) in channels.owner(0)
