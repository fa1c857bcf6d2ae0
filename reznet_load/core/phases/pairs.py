"""Users in pairs: the n-th user of a kind on side A and the n-th on side B start the same thing at the same moment.

Both follow from the clock and a seed alone, so that a pair keeps together whatever either of them meets: a user that was
late or away starts its next round at the same moment as the other, with the same prompt.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from random import Random

SIDES = ("A", "B")
TOSS_SECONDS = (
    0.001  # the second of a pair starts so much after the first: more than sending takes, less than is judged
)


@dataclass(frozen=True, slots=True)
class PairedUser:
    """One of a pair. `side`: 0 for A, 1 for B; `number` counts the users of its kind, alike on both sides."""

    seed: str
    kind: str
    number: int
    side: int

    def luck(self, round: int) -> Random:
        """What is drawn in a round: the same on both sides. 10 µs."""
        return Random(f"{self.seed} {self.kind} {self.number} {round}")

    def waits(self, round: int) -> float:
        """Seconds after the pair's moment at which this one starts: 0 or TOSS_SECONDS, by a coin for each round."""
        first = Random(f"toss {self.seed} {self.kind} {self.number} {round}").randrange(2)
        return 0.0 if self.side == first else TOSS_SECONDS

    def schedule(self, period: float) -> PairedSchedule:
        """Its intended starts, every `period` seconds."""
        return PairedSchedule(self, period)


class PairedSchedule:
    """Intended starts on a grid of the clock: `(round + phase) * period` seconds since the epoch. As `Schedule` otherwise."""

    def __init__(self, user: PairedUser, period: float) -> None:
        self.period, self._user = period, user
        self._phase = Random(f"phase {user.seed} {user.kind} {user.number}").random()
        self.intended: float | None = None
        self.round = 0

    def wait(self, now: float) -> float:
        """Move to the next intended start; seconds until then, 0 when it is already past (catch up back to back)."""
        known = self.intended is not None
        self.round = self.round + 1 if known else math.ceil(now / self.period - self._phase)
        self.intended = (self.round + self._phase) * self.period + self._user.waits(self.round)
        return max(0.0, self.intended - now)

    def late(self, now: float) -> float | None:
        """Seconds since the intended start; None before the first."""
        return None if self.intended is None else max(0.0, now - self.intended)


@dataclass(slots=True)
class PairedSide:
    """Deals out the places of one side: its users are numbered in the order in which they come."""

    seed: str
    side: int
    _dealt: Counter[str] = field(default_factory=Counter)

    def place(self, kind: str) -> PairedUser:
        """The next user of `kind`."""
        number = self._dealt[kind]
        self._dealt[kind] += 1
        return PairedUser(self.seed, kind, number, self.side)

    def luck(self, topic: str) -> Random:
        """What is drawn for all users together: the same on both sides."""
        return Random(f"{self.seed} {topic}")
