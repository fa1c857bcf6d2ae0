"""Calls to the simulated provider whose user has left: the tokens and seconds that they still took.

Memory: 200 bytes per marked call. With more than 20 000 calls the oldest are dropped.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI, Request

from reznet_load.core.text.marked_questions import LEFT_PATH, mark_in

_MOST = 20_000


@dataclass(slots=True)
class Call:
    """One marked call.

    tokens        tokens sent so far
    ended         "": the call is running; `whole`: it ran to its end; `broken off`: its caller ended it
    ended_at      time of the end, in seconds of `perf_counter`
    left_tokens   tokens that were sent before the user left
    left_at       time at which the user left, in seconds of `perf_counter`; None: the user has not left
    """

    mark: str
    tokens: int = 0
    ended: str = ""
    ended_at: float = 0.0
    left_tokens: int = 0
    left_at: float | None = None
    reported: bool = False


class LeftCalls:
    """All marked calls. The calls that ended after their user had left, or because the user left, are also kept in order."""

    def __init__(self) -> None:
        self._calls: dict[str, list[Call]] = {}
        self._left: dict[str, float] = {}
        self._ended: list[dict[str, Any]] = []

    def begin(self, body: dict[str, Any]) -> Call | None:
        """Record a call that begins; None if its question has no mark."""
        mark = mark_in(_last_text(body))
        if not mark:
            return None
        call = Call(mark, left_at=self._left.get(mark))  # a call that begins after its user has left is wasted entirely
        self._calls.setdefault(mark, []).append(call)
        while len(self._calls) > _MOST:
            self._calls.pop(next(iter(self._calls)))
        return call

    async def counted(self, call: Call | None, tokens: AsyncIterator[str]) -> AsyncIterator[str]:
        """`tokens`, counted in `call`."""
        if call is None:
            async for token in tokens:
                yield token
            return
        try:
            async for token in tokens:
                call.tokens += 1
                yield token
            call.ended = "whole"
        finally:  # without a regular end its caller went away, or a fault occurred
            call.ended = call.ended or "broken off"
            call.ended_at = time.perf_counter()
            self._report(call)

    def leave(self, mark: str) -> None:
        """Record that the user whose question has `mark` has left now."""
        now = time.perf_counter()
        self._left[mark] = now
        while len(self._left) > _MOST:
            self._left.pop(next(iter(self._left)))
        for call in self._calls.get(mark, ()):
            call.left_at, call.left_tokens = now, call.tokens
            self._report(call)

    def _report(self, call: Call) -> None:
        if call.left_at is None or not call.ended or call.reported:
            return
        call.reported = True
        seconds = max(0.0, call.ended_at - call.left_at)
        waste = call.tokens - call.left_tokens
        self._ended.append(
            {"left": call.left_at, "seconds": seconds, "tokens": waste, "whole": call.ended == "whole" and seconds > 0}
        )

    def after(self, number: int, seconds: float) -> dict[str, Any]:
        """What happened to the calls of users who left within the last `seconds`, for JSON.

        Has the calls that ended from `number` on, the calls that still run, and the users without a call. `next` is
        `number` for the next request.
        """
        since = time.perf_counter() - seconds
        marks = [mark for mark, at in self._left.items() if at >= since]
        return {
            "calls": [call for call in self._ended[max(0, number) :] if call["left"] >= since],
            "next": len(self._ended),
            "on": sum(not call.ended for mark in marks for call in self._calls.get(mark, ())),
            "unseen": sum(mark not in self._calls for mark in marks),
        }


def add_routes(app: FastAPI, left: LeftCalls) -> None:
    """Add LEFT_PATH: users who leave post their mark there, and the probe of the run reads there which calls ended."""

    @app.post(LEFT_PATH)
    async def leave(request: Request) -> dict[str, bool]:
        body = await request.json()
        left.leave(str(body.get("mark", "")))
        return {"noted": True}

    @app.get(LEFT_PATH)
    async def ended(after: int = 0, within: float = 1e9) -> dict[str, Any]:
        return left.after(after, within)


def _last_text(body: dict[str, Any]) -> str:
    """The text of the last message of a request, which may be a string or a list of parts."""
    messages = body.get("messages")
    last = messages[-1] if isinstance(messages, list) and messages else {}
    return str(last.get("content", "")) if isinstance(last, dict) else ""
