"""The search for the most users that meet every requirement: takes the steps tried so far, gives the next step.

The number is doubled until one does not pass; then bisection by the geometric mean follows. Each number is judged with
intervals. If the interval leaves it open, the number is held once more for as long; if it stays open, it does not pass.
As long as nothing has passed it is held longer, because fewer users would leave it even more open. Standard library
only, because it runs inside the loaded process, between two steps.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

MOST_STEPS = 8
RESOLUTION = 0.05  # of the number of users: docs/measurement.md#capacity
THOROUGH_SECONDS = 120.0  # from this step length on the confirmation takes ten minutes
_CONFIRM_THOROUGH = 600.0
_BUDGET = 8.25  # in steps: at most eight, or seven and the confirmation
PASS, FAIL, OPEN, VOID = "pass", "fail", "open", "void"


@dataclass(frozen=True, slots=True)
class Lengths:
    """Seconds: to settle after a new number, to hold a step, to hold the confirmation, and for the whole search."""

    settle: float
    hold: float

    @property
    def confirm(self) -> float:
        """60 s with steps of 45 s, ten minutes with steps of two minutes or more."""
        return _CONFIRM_THOROUGH if self.hold >= THOROUGH_SECONDS else self.hold * 4 / 3

    @property
    def budget(self) -> float:
        """The whole search: 495 s with 15 s to settle and 45 s to hold, so that a run ends within ten minutes."""
        return _BUDGET * (self.settle + self.hold) + max(0.0, self.confirm - self.hold * 4 / 3)


@dataclass(frozen=True, slots=True)
class TriedStep:
    """A number of users, held for `seconds`, and the result of its requirements. VOID: the generator was the
    bottleneck.
    """

    users: int
    state: str
    seconds: float
    confirms: bool = False
    longer: bool = False


@dataclass(frozen=True, slots=True)
class Next:
    """`what`: step, longer (hold the same number for another `seconds`), confirm, or end; `why` in words for the
    reader.
    """

    what: str
    users: int = 0
    seconds: float = 0.0
    why: str = ""


def between(tried: Sequence[TriedStep]) -> tuple[int, int | None]:
    """(the most users that passed below the fewest that did not; those fewest, None if all passed)."""
    high = min((one.users for one in tried if one.state != PASS), default=None)
    low = max((one.users for one in tried if one.state == PASS and (high is None or one.users < high)), default=0)
    return low, high


def next_step(tried: Sequence[TriedStep], lengths: Lengths, first: int, late: float = 0.0) -> Next:
    """What to do after `tried`, in order; `first` is the number of users to begin with. Ends within eight steps.

    `late`: seconds that elapsed between the steps; they are subtracted from the time left.
    """
    if not tried:
        return Next("step", first, lengths.hold)
    last = tried[-1]
    low, high = between(tried)
    left = lengths.budget - late - sum(one.seconds + lengths.settle for one in tried)
    if last.confirms:
        return _after_confirmation(last, low, left - lengths.settle - lengths.confirm, lengths)
    confirm = max(
        [lengths.confirm, *(one.seconds for one in tried if one.users == low)]
    )  # at least as long as the step in which it passed
    closing = lengths.settle + confirm if low else 0.0
    if last.state == OPEN and not (last.longer and low) and left >= lengths.hold + closing:
        return Next("longer", last.users, lengths.hold, "its intervals do not decide it")
    users = None if last.state == VOID else _number(low, high)
    if users is not None and len(tried) < MOST_STEPS and left >= lengths.settle + lengths.hold + closing:
        return Next("step", users, lengths.hold)
    if not low:
        return Next("end", why="no number of users passed")
    if left < closing:
        return Next("end", why="there was no time to confirm the answer")
    return Next("confirm", low, confirm)


def _after_confirmation(last: TriedStep, low: int, left: float, lengths: Lengths) -> Next:
    """What follows a confirmation: if the number did not pass again, a tenth fewer users are tried while there is time.

    `left`: seconds after one more confirmation.
    """
    if last.state == PASS:
        return Next("end", why="the answer was confirmed")
    if last.state == OPEN and not last.longer and left + lengths.settle >= 0:
        return Next("longer", last.users, lengths.confirm, "its intervals do not decide it")
    fewer = max(low, int(last.users * (1 - 2 * RESOLUTION)))
    if left < 0 or last.state == VOID or not fewer:
        return Next("end", why="the answer did not pass once more")
    return Next("confirm", fewer, lengths.confirm, "the answer did not pass once more")


def _number(low: int, high: int | None) -> int | None:
    """The next number to try; None if the interval is as narrow as can be measured."""
    if high is None:
        return low * 2
    if not low:
        return high // 2 or None
    if high - low <= max(1.0, RESOLUTION * high):
        return None
    return min(max(round(math.sqrt(low * high)), low + 1), high - 1)
