"""Seconds in which a backend stood still while its users waited: in a long phase no p95 shows them, so they are a
caution.

A second counts for a row if no operation of it ended and at least half of the users who make such operations waited all
through it, each for an answer that took at least twice the row's median (docs/rules/timing.md#the-intended-start). Slow
answers alone do not count: with turns of 2.9 s two thirds of the users wait at any moment.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

import numpy as np

from reznet_load.core.kinds import KINDS, Kind
from reznet_load.core.profile import Phase
from reznet_load.core.rows import ROUND
from reznet_load.core.run import Caution
from reznet_load.core.units import format_duration
from reznet_load.verdict.samples import Series

_FEWEST_USERS = 4  # with fewer, half of them would be one or two users
_LONGER = 2.0  # multiple of the median that a waited-for answer took at least


@dataclass(frozen=True, slots=True)
class Standstill:
    """A time in which no operation of `row` ended.

    It lasted `seconds` from `begin` (s into `phase`) and contains `whole` seconds that count; `waiting` of `users`
    waited.
    """

    row: str
    phase: str
    begin: float
    seconds: float
    whole: int
    waiting: int
    users: int


def standstills(series: dict[str, Series], phases: list[Phase]) -> Iterator[Caution]:
    """One caution for all of them, about the longest."""
    found = [one for phase in phases for kind in KINDS.values() for one in _of_kind(kind, series, phase)]
    if not found:
        return
    worst = max(found, key=lambda one: (one.whole, -one.seconds))  # the row with most calls gives the closest bounds
    rows = len({one.row for one in found}) - 1
    more = f"; {rows} more row{'s' if rows > 1 else ''} stood still too" if rows else ""
    yield Caution(
        "standstill",
        f"No operation of {worst.row} ended for {format_duration(worst.seconds)}, {worst.begin:.0f} s into {worst.phase}, while "
        f"{worst.waiting} of {worst.users} users waited{more}.",
        "Look for what stopped the backend then: a garbage collection, a lock, a checkpoint, a restart. Few calls meet such a "
        "stop, so no p95 shows it.",
    )


def _of_kind(kind: Kind, series: dict[str, Series], phase: Phase) -> Iterator[Standstill]:
    """The longest of each row in which users of `kind` wait."""
    rounds = series.get(ROUND.of(kind.name).key)
    part = rounds.within(phase) if rounds is not None else None
    if part is None or part.user is None:
        return
    users = len(np.unique(part.worker.astype(np.int64) << 16 | part.user))
    if users < _FEWEST_USERS:
        return
    rows = [one for key, one in series.items() if _waits(kind, key)]
    waiting = sum((_waiting(one, phase) for one in rows), np.zeros(int(phase.seconds), int))
    for one in rows:
        if (found := _longest(one, phase, waiting, users)) is not None:
            yield found


def _waits(kind: Kind, key: str) -> bool:
    return any(fnmatchcase(key, pattern) for pattern in kind.waits) and not key.endswith("(arrivals)")


def _ends(one: Series) -> np.ndarray:
    return one.start + np.nan_to_num(one.value.astype(float)) / 1000


def _waiting(one: Series, phase: Phase) -> np.ndarray:
    """How many operations of a row lasted through each whole second of `phase`, counting only those much longer than
    others.
    """
    changes = np.zeros(int(phase.seconds) + 1, int)
    timed = one.value[~np.isnan(one.value)]
    if not len(timed):
        return changes[:-1]
    long = one.value >= max(1000.0, _LONGER * float(np.median(timed)))
    first = np.clip(np.ceil(one.start[long] - phase.start), 0, len(changes) - 1).astype(int)
    last = np.clip(np.floor(_ends(one)[long] - phase.start), 0, len(changes) - 1).astype(int)
    some = last > first
    np.add.at(changes, first[some], 1)
    np.add.at(changes, last[some], -1)
    return np.cumsum(changes)[:-1]


def _longest(one: Series, phase: Phase, waiting: np.ndarray, users: int) -> Standstill | None:
    ends = np.sort(_ends(one) - phase.start)
    inside = ends[(ends >= 0) & (ends < len(waiting))].astype(int)
    still = (np.bincount(inside, minlength=len(waiting)) == 0) & (2 * waiting >= users)
    if not still.any():
        return None
    edges = np.flatnonzero(np.diff(np.r_[0, still.astype(int), 0]))
    begin, end = max(zip(edges[::2], edges[1::2], strict=True), key=lambda span: span[1] - span[0])
    before, after = ends[ends <= begin], ends[ends >= end]
    first = max(float(before[-1]), 0.0) if len(before) else 0.0
    last = min(float(after[0]), phase.seconds) if len(after) else phase.seconds
    return Standstill(one.key, phase.name, first, last - first, int(end - begin), int(waiting[begin:end].max()), users)
