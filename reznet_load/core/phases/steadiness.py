"""Finds the steady phases of a run without a profile (the web UI) from the numbers of users requested and running each
second.
"""

from __future__ import annotations

import copy

from reznet_load.core.profile import Phase

SETTLE_SECONDS = 10.0  # a number that was reached and did not change for so long is steady


class Steadiness:
    """Fed with times and numbers; `phases()` gives the run as a ramp-up and the steady phases in between.

    A steady phase begins `SETTLE_SECONDS` after the requested number is reached. A new number, a lost user, Reset or
    Stop ends it. Of all steady phases at the highest number the longest is judged.
    """

    def __init__(self, start: float) -> None:
        self._start = self._now = start
        self._asked = 0
        self._reached: float | None = None
        self._steady: list[tuple[float, float, int]] = []

    def see(self, now: float, asked: int, running: int) -> None:
        """At `now` (seconds) `asked` users were requested and `running` were there."""
        if asked != self._asked or running < asked or not asked:
            self.interrupt(now)
            self._asked = asked
        if self._reached is None and asked and running >= asked:
            self._reached = now
        self._now = now

    def interrupt(self, now: float) -> None:
        """End any steady phase here."""
        if self._reached is not None and now - self._reached > SETTLE_SECONDS:
            self._steady.append((self._reached + SETTLE_SECONDS, now, self._asked))
        self._reached = None
        self._now = now

    def so_far(self, ahead: float) -> tuple[Phase, ...]:
        """The phases of a run in progress, as if its present state lasted `ahead` seconds more; changes nothing.

        A number that was just reached shows as a steady phase that is still to begin.
        """
        later = copy.copy(self)
        later._steady = [*self._steady]
        later._now += ahead
        return later.phases()

    def phases(self) -> tuple[Phase, ...]:
        """All phases in order, without gaps; at most one is judged."""
        self.interrupt(self._now)
        found: list[Phase] = []
        at = self._start
        judged = max(self._steady, key=lambda s: (s[2], s[1] - s[0]), default=None)
        for number, (begin, end, users) in enumerate(self._steady, 1):
            if begin > at:
                found.append(Phase("ramp-up" if number == 1 else f"change {number}", at, begin, users, False))
            found.append(Phase(f"steady {users}", begin, end, users, (begin, end, users) == judged))
            at = end
        if self._now > at:
            found.append(Phase("unsteady", at, self._now, self._asked, False))
        return tuple(found)
