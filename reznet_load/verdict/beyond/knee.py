"""The knee: the numbers of users between which goodput stops growing. For information: it does not affect the result.

The measure is a row's goodput per user, in percent of that at the first step. If its interval is wholly below SCALES,
the knee is exceeded; if wholly at or above, it is not. An interval that contains SCALES leaves it open, and open is
never reported as "none".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reznet_load.core.nfr import Requirements
from reznet_load.core.profile import BEYOND, Phase
from reznet_load.core.run import Verdict
from reznet_load.verdict import goodput
from reznet_load.verdict.judgement import for_information
from reznet_load.verdict.samples import Series

SCALES = 0.9  # of the goodput per user at the first step: below it is the region beyond the knee
FEW = 20  # good operations at the first step, with which others are compared
TOO_FEW = f"no row had {FEW} good operations at the first step to compare with"


@dataclass(frozen=True, slots=True)
class UserShare:
    """Goodput per user of `row` relative to the first step (1: the same), with two-sided 90 % bounds."""

    value: float
    low: float
    high: float
    row: str


def rates(
    requirements: Requirements, series: dict[str, Series], phases: list[Phase]
) -> Iterator[tuple[str, list[goodput.Rate]]]:
    """(row, its goodput in each phase) for rows with enough good operations in the first phase."""
    for key, nfr in goodput.limits(requirements, series).items():
        seen = [goodput.goodput(series[key], nfr.limit.value, phase) for phase in phases]
        if seen[0].n >= FEW:
            yield key, seen


def climbing(phases: list[Phase]) -> list[Phase]:
    """The phases up to the largest number of users."""
    return phases[: 1 + max(range(len(phases)), key=lambda place: phases[place].users)]


def not_compared(
    requirements: Requirements, series: dict[str, Series], climb: list[Phase], compared: list[str]
) -> list[str]:
    """Rows that were measured in these steps, but with too few operations in the first to compare with."""
    others = [key for key in goodput.limits(requirements, series) if key not in compared]
    return [key for key in others if any(len(series[key].within(phase)) for phase in climb)]


def knee(requirements: Requirements, series: dict[str, Series], phases: list[Phase]) -> Verdict:
    """The verdict on the knee: where it is, that there is none, or from which number of users on it is not known."""
    climb = climbing(phases)
    expected = max((p.users for p in climb if p.part != BEYOND), default=climb[0].users)
    found = list(rates(requirements, series, climb))
    if not found:
        return _line(expected, "pending", TOO_FEW)
    steps = [_shares(found, climb, place) for place in range(1, len(climb))]
    sure = next((place for place, shares in enumerate(steps) if _lowest(shares).low < SCALES), len(steps))
    sound = climb[sure].users  # the most users whose goodput per user certainly did not fall
    for phase, shares in zip(climb[1:], steps, strict=True):
        if passed := [share for share in shares if share.high < SCALES]:
            worst = min(passed, key=lambda share: (share.value, share.row))
            outcome = "pass" if sound >= expected else "warning"
            reason = _each(worst, phase, climb[0])
            return _line(expected, outcome, reason, worst.row, (sound, phase.users))
    few = not_compared(requirements, series, climb, [key for key, _ in found])
    most = climb[-1].users
    if sound == most and not few:
        return _line(expected, "pass", f"none up to {most} users: goodput grew with the users")
    if sound == most:
        reason = (
            f"none up to {most} users in the other rows, but {', '.join(few)} had too few good operations to compare"
        )
        return _line(expected, "warning", reason)
    open_ = _lowest(steps[sure])
    reason = (
        f"none seen, and none ruled out between {sound} and {most} users: {_each(open_, climb[sure + 1], climb[0])}; longer "
        "steps would show it"
    )
    return _line(expected, "warning", reason, open_.row)


def _shares(found: list[tuple[str, list[goodput.Rate]]], climb: list[Phase], place: int) -> list[UserShare]:
    """The share of each row at one step."""
    grown = climb[place].users / climb[0].users
    made = []
    for key, seen in found:
        share, low, high = (one / grown for one in goodput.ratio(seen[place], seen[0]))
        made.append(UserShare(share, low, high, row=key))
    return made


def _lowest(shares: list[UserShare]) -> UserShare:
    return min(shares, key=lambda share: (share.low, share.row))


def _each(share: UserShare, phase: Phase, first: Phase) -> str:
    return (
        f"at {phase.users} each user gets {100 * share.value:.0f} % (90 % interval {100 * share.low:.0f} % to "
        f"{100 * share.high:.0f} %) of the goodput that {first.users} users had each"
    )


def _line(expected: int, outcome: str, reason: str, row: str = "", within: tuple[int, int] | None = None) -> Verdict:
    """`within`: the numbers of users between which the knee is. The verdict has no value, because none between them was
    tried.
    """
    low, high = map(float, within) if within else (None, None)
    return for_information(
        "knee", "Knee", f"not below {expected} users", outcome, "users", reason, low=low, high=high, row=row
    )
