"""Gives the target a known capacity: replies begin in the order of their questions, at least a fixed time apart.

With N users of the default mix and think times, 14 of 50 users ask every 4.2 s, which is N · 14 / 50 / 4.2 questions
per second. If the gate admits one question every 4.2 · 50 / 14 / N = 15 / N seconds, N users keep the gate busy all the
time. With fewer users the queue empties; with more users the queue grows. If the gate is open, a reply does not wait.
Replies stream concurrently.
"""

from __future__ import annotations

import asyncio

from reznet_load.core.kinds import AGENTS, with_need
from reznet_load.core.settings.settings import Settings


def seconds_between(users: float) -> float:
    """Seconds between replies of a target with a capacity of `users` of the default mix; 0 for no limit."""
    shipped = Settings()
    asked = sum(shipped.mix[kind] / shipped.period(kind) for kind in with_need(AGENTS)) / sum(shipped.mix.values())
    return 1 / (asked * users) if users else 0.0


class Gate:
    """`await gate.passed()` returns when this reply may begin."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._free = 0.0

    async def passed(self) -> None:
        """Wait until all earlier replies have begun and the fixed time has elapsed."""
        if self._seconds:
            now = asyncio.get_running_loop().time()
            turn = max(self._free, now)
            self._free = turn + self._seconds
            await asyncio.sleep(turn - now)
