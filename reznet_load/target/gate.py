"""Gives the target a known capacity: replies begin in the order of arrival, each no sooner than a fixed time after the
last.

With N users of the default mix and think times, 14 of 50 ask every 4.2 s: N · 14 / 50 / 4.2 questions per second. A
gate that admits one every 4.2 · 50 / 14 / N = 15 / N seconds is busy all the time with exactly N users: with fewer its
queue empties, with more it grows. A reply that finds the gate open does not wait, and replies stream concurrently.
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
        """Wait for those that came before."""
        if self._seconds:
            now = asyncio.get_running_loop().time()
            turn = max(self._free, now)
            self._free = turn + self._seconds
            await asyncio.sleep(turn - now)
