"""Times from the scheduled start: how late users are who wait as people do (docs/rules/timing.md#the-intended-start).

If a backend is steadily slower than the schedule allows, every round starts a little later than the one before, for the
whole run; that does not hide a stall. So lateness is computed when judging, user by user: L ← max(0, L + D − room'),
where D is the time that a round waited for answers, and room' is the larger of the schedule's room and twice the run's
median D of that kind. It is never more than measured. Runs of 0.1.0 have no rounds: their measured lateness is used.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from reznet_load.core.kinds import KINDS
from reznet_load.core.rows import ROUND
from reznet_load.core.run import RunInfo
from reznet_load.verdict.samples import Series

PATIENCE = 2.0  # medians of D that users of a kind accept (our judgement; tried in tests/verdict/test_intended.py)


def add(series: dict[str, Series], info: RunInfo) -> dict[str, Series]:
    """`series` with `behind` set if their rounds are known."""
    rounds = [
        (series[key], info.rooms[kind])
        for kind in KINDS
        if (key := ROUND.of(kind).key) in series and kind in info.rooms
    ]
    if not rounds:
        return series
    behind = [lateness(one, max(room, PATIENCE * _median(one, info) / 1000)) for one, room in rounds]
    table = _Table([one for one, _ in rounds], behind)
    made = {one.key: replace(one, behind=late) for (one, _), late in zip(rounds, behind, strict=True)}
    for key, one in series.items():
        if key not in made and one.unit == "ms" and not np.isnan(one.late).all():
            made[key] = replace(one, behind=table.of(one))
    return series | made


def _median(rounds: Series, info: RunInfo) -> float:
    """The median in ms, over the judged phases if they have rounds."""
    judged = [rounds.within(phase).value for phase in info.phases if phase.judged]
    value = np.concatenate([np.empty(0), *judged])
    return float(np.median(value if len(value) else rounds.value))


def lateness(rounds: Series, room: float) -> np.ndarray:
    """Seconds that each round is late if every round has `room` s for its answers; NaN if no start was scheduled."""
    assert rounds.user is not None
    order = np.lexsort((rounds.start, rounds.user, rounds.worker))
    who = (rounds.worker.astype(np.int64) << 16 | rounds.user)[order]
    first = np.flatnonzero(np.r_[True, who[1:] != who[:-1]])
    count = np.diff(np.r_[first, len(order)])
    over, most = rounds.value[order].astype(float) / 1000 - room, rounds.late[order].astype(float)
    late = np.zeros(len(order))
    for turn in range(int(count.max(initial=0))):  # the same round of all users at once
        at = first[count > turn] + turn
        before = late[at - 1] + over[at - 1] if turn else np.zeros(len(at))
        late[at] = np.fmin(np.maximum(before, 0.0), most[at])
    found = np.empty(len(order))
    found[order] = np.where(np.isnan(most), np.nan, late)
    return found


class _Table:
    """Looks rounds up by process and measured lateness, which an operation has exactly in common with its round."""

    def __init__(self, rounds: list[Series], behind: list[np.ndarray]) -> None:
        keys = np.concatenate([_key(one) for one in rounds])
        start, late = np.concatenate([one.start for one in rounds]), np.concatenate(behind)
        order = np.lexsort((start, keys))
        self._keys = keys[order]
        self._start = start[order]
        self._behind = late[order]

    def of(self, one: Series) -> np.ndarray:
        """The lateness of the round that each operation belongs to.

        It is the measured one in a row without rounds, and NaN if a killed run has lost the round.
        """
        keys = _key(one)
        low, high = np.searchsorted(self._keys, keys), np.searchsorted(self._keys, keys, side="right")
        same = high - low
        intended = ~np.isnan(one.late)
        found = one.late.astype(float)
        if 2 * (same[intended] > 0).sum() >= intended.sum():
            found[same == 0] = np.nan
        found[same == 1] = self._behind[low[same == 1]]
        for place in np.flatnonzero((same > 1) & (one.late > 0)):  # two rounds with the same lateness, to 24 bits
            here = slice(low[place], high[place])
            nearest = np.abs(self._start[here] - one.start[place]).argmin()
            found[place] = self._behind[here][nearest]
        return found


def _key(one: Series) -> np.ndarray:
    late = np.ascontiguousarray(one.late, np.float32).view(np.uint32).astype(np.int64)
    return one.worker.astype(np.int64) << 32 | late
