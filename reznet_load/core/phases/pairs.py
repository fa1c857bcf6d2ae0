"""Users in pairs: the n-th user of a kind on side A and the n-th on side B start the same thing at the same moment.

Both starts follow from the clock and a seed alone, so a pair stays in step whatever happens to either user: one that
was late or disconnected starts its next round at the same moment as the other, with the same prompt.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from random import Random

SIDES = ("A", "B")
TOSS_SECONDS = 0.001  # delay of the pair's second user: longer than sending takes, shorter than anything that is judged


@dataclass(frozen=True, slots=True)
class PairedUser:
    """One user of a pair. `side`: 0 for A, 1 for B; `number` counts the users of its kind in the same way on both
    sides.
    """

    seed: str
    kind: str
    number: int
    side: int

    def luck(self, round: int) -> Random:
        """The random generator of a round, the same on both sides. 10 µs."""
        return Random(f"{self.seed} {self.kind} {self.number} {round}")

    def waits(self, round: int) -> float:
        """Seconds after the pair's moment at which this user starts: 0 or TOSS_SECONDS, decided by a coin toss per
        round.
        """
        first = Random(f"toss {self.seed} {self.kind} {self.number} {round}").randrange(2)
        return 0.0 if self.side == first else TOSS_SECONDS

    def schedule(self, period: float) -> PairedSchedule:
        """Its scheduled starts, every `period` seconds."""
        return PairedSchedule(self, period)


class PairedSchedule:
    """Starts on a grid of the clock: `(round + phase) * period` seconds since the epoch. Otherwise like `Schedule`."""

    def __init__(self, user: PairedUser, period: float) -> None:
        self.period, self._user = period, user
        self._phase = Random(f"phase {user.seed} {user.kind} {user.number}").random()
        self.intended: float | None = None
        self.round = 0

    def wait(self, now: float) -> float:
        """Move to the next scheduled start; returns the seconds until then, 0 if it is already past (catch up back to
        back).
        """
        known = self.intended is not None
        self.round = self.round + 1 if known else math.ceil(now / self.period - self._phase)
        self.intended = (self.round + self._phase) * self.period + self._user.waits(self.round)
        return max(0.0, self.intended - now)

    def late(self, now: float) -> float | None:
        """Seconds since the scheduled start; None before the first."""
        return None if self.intended is None else max(0.0, now - self.intended)


@dataclass(slots=True)
class PairedSide:
    """Assigns the pairs of one side: its users are numbered in the order in which they start."""

    seed: str
    side: int
    _dealt: Counter[str] = field(default_factory=Counter)

    def place(self, kind: str) -> PairedUser:
        """The next user of `kind`."""
        number = self._dealt[kind]
        self._dealt[kind] += 1
        return PairedUser(self.seed, kind, number, self.side)

    def luck(self, topic: str) -> Random:
        """The random generator for all users together, the same on both sides."""
        return Random(f"{self.seed} {topic}")
