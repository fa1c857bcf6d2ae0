"""Change points in the values of successive runs, by permutation (docs/rules/comparisons.md#levels-of-runs).

The scan finds the split with the largest t statistic. p is the share of random orders of the runs that have a split
with a statistic as large. This is a permutation test (Good 2005) on the statistic of a two-sample t test, with binary
segmentation (Scott and Knott 1974) to the right of each significant split. Cost: 3 ms per metric with 30 runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

ALPHA = 0.05
# Level for all metrics of a run together. At .05, 13 metrics gave 1.04 % false alarms per run
# (benchmarks/regressions.py), and 1 % is allowed. Two runs at a new level after nine runs still reach p = 2 / 55.
FAMILY_ALPHA = 0.04
SIDE = 2  # runs needed on either side of a split: a single run is an outlier
SMALLEST = 0.10  # share by which levels must differ; smaller differences are noise between runs of the same backend
PERMUTATIONS = 999
_FLAT = 1e-8  # variance of logs (0.01 % of the value) below which a level counts as constant


@dataclass(frozen=True, slots=True)
class Shift:
    """The last change of level.

    segment, index   the old level has the runs `segment` to `index` - 1, the new level the runs from `index` on
    before, after    medians of the logs of the old and the new level
    p                of the permutation test
    """

    segment: int
    index: int
    before: float
    after: float
    p: float

    @property
    def effect(self) -> float:
        """The relative change of level, exp(after - before) - 1: 0.2 is higher by a fifth."""
        return float(np.exp(self.after - self.before) - 1)


def _statistics(rows: np.ndarray) -> np.ndarray:
    """|t| of each allowed split of each row: rows (m, n) -> (m, n - 2 SIDE + 1)."""
    n = rows.shape[1]
    left = np.arange(SIDE, n - SIDE + 1)
    sums, squares = rows.cumsum(1), (rows * rows).cumsum(1)
    first = sums[:, left - 1] / left
    second = (sums[:, -1:] - sums[:, left - 1]) / (n - left)
    variance = (squares[:, -1:] - left * first**2 - (n - left) * second**2) / (n - 2)
    return np.abs(second - first) / np.sqrt(np.maximum(variance, _FLAT) * (1 / left + 1 / (n - left)))


def last_shift(logs: np.ndarray, permutations: int = PERMUTATIONS) -> Shift | None:
    """The last change of level by SMALLEST or more; None if there is no such change.

    logs    shape (runs,): natural logarithms, oldest first
    """
    logs = logs - logs.mean() if len(logs) else logs  # keeps precision in sums of squares
    base = 0
    found = None
    rng = np.random.default_rng(0)  # a fixed seed, so that a folder renders again byte for byte
    while len(logs) - base >= 2 * SIDE + 1:
        part = logs[base:]
        seen = _statistics(part[None])[0]
        orders = rng.permuted(np.tile(part, (permutations, 1)), axis=1)
        p = _p(_statistics(orders).max(1), seen.max())
        if p > ALPHA:
            break
        split = int(seen.argmax()) + SIDE
        before, after = float(np.median(part[:split])), float(np.median(part[split:]))
        if abs(np.exp(after - before) - 1) >= SMALLEST:
            found = Shift(base, base + split, before, after, p)
        base += split
    return found


def _p(random: np.ndarray, seen: float) -> float:
    """The share of random values that are at least as large as `seen`; `seen` itself is one of them, so never 0."""
    return float((1 + (random >= seen * (1 - 1e-6)).sum()) / (len(random) + 1))


@dataclass(frozen=True, slots=True)
class Track:
    """The values of one metric.

    runs     shape (n,): index of the run of each value
    logs     shape (n,): as in `last_shift`
    shift    the last change of level; None if there is none
    """

    runs: np.ndarray
    logs: np.ndarray
    shift: Shift | None


def family(tracks: Sequence[Track], permutations: int = PERMUTATIONS) -> list[float]:
    """The p of each track, adjusted for all tracks together, by Holm's step-down method.

    Instead of Bonferroni's factor it uses the joint distribution of the largest statistic under random orders of the
    runs, with the same order for every metric (Westfall and Young 1993, step-down maxT). The reasons: permutations of a
    dozen runs cannot reach .05 / 13, and metrics of one run are correlated. Statistics of tracks of different lengths
    become comparable through Student's t. A track without a shift is included too, with all its runs.
    """
    width = 1 + max((int(track.runs[-1]) for track in tracks if len(track.runs)), default=0)
    keys = np.random.default_rng(0).random((permutations, width))
    usable = [i for i, track in enumerate(tracks) if len(_part(track)) >= 2 * SIDE + 1]
    seen = {i: float(_scores(_part(tracks[i])[None])[0]) for i in usable}
    chance = {i: _scores(_part(tracks[i])[_orders(tracks[i], keys)]) for i in usable}
    found, so_far = [1.0] * len(tracks), 0.0
    left = sorted(usable, key=lambda i: -seen[i])
    while left:
        largest = np.max([chance[i] for i in left], axis=0)
        so_far = max(so_far, _p(largest, seen[left[0]]))
        found[left.pop(0)] = so_far
    return found


def _part(track: Track) -> np.ndarray:
    part = track.logs[track.shift.segment if track.shift else 0 :]
    return part - part.mean() if len(part) else part


def _orders(track: Track, keys: np.ndarray) -> np.ndarray:
    """The orders of a track's runs that follow from random orders of all runs."""
    return np.argsort(keys[:, track.runs[track.shift.segment if track.shift else 0 :]], axis=1)


def _scores(rows: np.ndarray) -> np.ndarray:
    """The largest |t| of each row as a normal score of its p."""
    return -special.ndtri(np.maximum(special.stdtr(rows.shape[1] - 2, -_statistics(rows).max(1)), 1e-300))
