"""The gate of a target with a known capacity."""

from __future__ import annotations

import asyncio

import pytest

from reznet_load.target.gate import Gate, seconds_between


def test_its_formula_is_the_documented_one() -> None:
    assert [seconds_between(users) for users in (50, 100, 150)] == pytest.approx([0.3, 0.15, 0.1])
    assert seconds_between(0) == 0


async def passed(count: int, seconds: float) -> list[float]:
    """Seconds after the common start at which each of `count` waiters went on."""
    loop, gate, at = asyncio.get_running_loop(), Gate(seconds), []
    start = loop.time()

    async def one() -> None:
        await gate.passed()
        at.append(loop.time())

    await asyncio.gather(*(one() for _ in range(count)))
    return [moment - start for moment in at]


def test_the_first_reply_does_not_wait_and_others_wait_in_order() -> None:
    at = asyncio.run(passed(5, 0.02))
    assert all(moment >= 0.02 * place - 0.002 for place, moment in enumerate(at)) and at == sorted(at)
    assert max(asyncio.run(passed(5, 0.0))) < at[-1]
