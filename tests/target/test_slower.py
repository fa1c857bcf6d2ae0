"""`--process-time`: REST answers and replies take a known factor longer, for every client."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from reznet_load.target.faults.slower import Computing, Slowed, stretched

STEP = 0.05


async def pieces(count: int) -> AsyncIterator[str]:
    for number in range(count):
        await asyncio.sleep(STEP)
        yield str(number)


async def times(stream: AsyncIterator[str]) -> tuple[list[str], list[float], float]:
    """(pieces, seconds after the start at which each came, seconds at the end)."""
    now = asyncio.get_running_loop().time
    began, texts, at = now(), [], []
    async for text in stream:
        texts.append(text)
        at.append(now() - began)
    return texts, at, now() - began


def test_each_piece_comes_its_factor_later_and_none_later_than_that() -> None:
    texts, at, end = asyncio.run(times(stretched(pieces(5), 2.0)))
    assert texts == ["0", "1", "2", "3", "4"]
    assert all(2 * STEP * place <= moment < 2 * STEP * place + 0.07 for place, moment in enumerate(at, 1))
    assert end >= at[-1]


def test_an_error_keeps_its_place_in_the_slowed_reply() -> None:
    async def broken() -> AsyncIterator[str]:
        yield "first"
        raise ValueError("the provider ended it")

    async def read() -> list[str]:
        seen = []
        with pytest.raises(ValueError, match="the provider ended it"):
            async for text in stretched(broken(), 1.5):
                seen.append(text)
        return seen

    assert asyncio.run(read()) == ["first"]


def test_an_answer_begins_its_factor_later() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.sleep(STEP)
        await send({"type": "http.response.start"})
        await send({"type": "http.response.body"})

    async def ask(factor: float) -> float:
        now = asyncio.get_running_loop().time
        began, begins = now(), []

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                begins.append(now() - began)

        await Slowed(app, factor)({"type": "http"}, None, send)
        return begins[0]

    assert 3 * STEP <= asyncio.run(ask(3.0)) < 4 * STEP


def test_a_quick_answer_takes_its_factor_too_and_no_whole_millisecond_more() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        until = time.perf_counter() + 0.001
        while time.perf_counter() < until:
            pass
        await send({"type": "http.response.start"})

    async def ask() -> float:
        came = []

        async def send(message: Any) -> None:
            came.append(time.perf_counter())

        began = time.perf_counter()
        await Slowed(app, 1.2)({"type": "http"}, None, send)
        return came[0] - began

    times = sorted(asyncio.run(ask()) for _ in range(30))
    assert times[0] >= 0.0012 and times[10] < 0.0018


def test_a_call_computes_for_the_time_it_was_given() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start"})

    async def spent(kind: str) -> float:
        async def send(message: Any) -> None:
            pass

        began = time.thread_time()
        await Computing(app, STEP)({"type": kind}, None, send)
        return time.thread_time() - began

    assert STEP <= asyncio.run(spent("http")) < STEP + 0.02
    assert asyncio.run(spent("websocket")) < 0.02
