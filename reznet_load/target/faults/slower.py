"""Makes the backend slower by a known amount, as a change of its code would.

`--process-time 1.2`: each REST answer and each reply takes 20 % longer, because the backend waits.
`--compute-time 2ms`: each REST call computes for 2 ms more, which takes CPU time from other programs on the machine.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_TIMER_SECONDS = 0.002  # by how much timers of the loop can be late


class Slowed:
    """ASGI middleware: the time from an HTTP request to the beginning of its answer is multiplied by `factor`."""

    def __init__(self, app: Any, factor: float) -> None:
        self._app = app
        self._factor = factor

    async def __call__(self, scope: Any, receive: Any, send: Send) -> None:
        """One call of ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        now = asyncio.get_running_loop().time
        began = now()

        async def held(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                await _exactly((self._factor - 1) * (now() - began))
            await send(message)

        await self._app(scope, receive, held)


class Computing:
    """ASGI middleware: each HTTP call first computes for `seconds` of CPU time, during which the event loop is blocked."""

    def __init__(self, app: Any, seconds: float) -> None:
        self._app = app
        self._seconds = seconds

    async def __call__(self, scope: Any, receive: Any, send: Send) -> None:
        """One call of ASGI."""
        if scope["type"] == "http":
            until = time.thread_time() + self._seconds  # CPU time, so that a busy machine does the same work
            while time.thread_time() < until:
                pass
        await self._app(scope, receive, send)


async def _exactly(seconds: float) -> None:
    """Wait, accurate to 0.1 ms, while the loop serves other calls.

    Timers of the loop have whole milliseconds, which is as long as a fast answer.
    """
    now = asyncio.get_running_loop().time
    until = now() + seconds
    if seconds > _TIMER_SECONDS:
        await asyncio.sleep(seconds - _TIMER_SECONDS)
    while now() < until:
        await asyncio.sleep(0)


@dataclass(frozen=True, slots=True)
class _Came:
    """A piece of a reply.

    at      time of arrival in seconds of the loop's clock
    text    None: the reply ended, by `error` if that is set
    """

    at: float
    text: str | None = None
    error: BaseException | None = None


async def stretched(pieces: AsyncIterator[str], factor: float) -> AsyncIterator[str]:
    """`pieces`, with the time of each since the start multiplied by `factor`. An error keeps its place among the pieces.

    Pieces are read as soon as they arrive. Cost: a task and a queue per reply.
    """
    now = asyncio.get_running_loop().time
    began, came = now(), asyncio.Queue[_Came]()

    async def read() -> None:
        try:
            async for text in pieces:
                came.put_nowait(_Came(now(), text))
            came.put_nowait(_Came(now()))
        except Exception as error:
            came.put_nowait(_Came(now(), error=error))

    reading = asyncio.create_task(read())
    try:
        while True:
            one = await came.get()
            await asyncio.sleep(began + factor * (one.at - began) - now())
            if one.error is not None:
                raise one.error
            if one.text is None:
                return
            yield one.text
    finally:
        reading.cancel()
