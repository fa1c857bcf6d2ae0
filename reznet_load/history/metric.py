"""One requirement's values over comparable runs, on a scale where more is worse, and whether the newest value is
unusual.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from reznet_load.core.holm import holm
from reznet_load.core.nfr import Nfr
from reznet_load.history.line import HistoryLine, HistoryValue

FIRST_RUNS = 2  # earlier runs that are needed before a change is reported
FULL_RUNS = 5  # from here on the runs' own spread is used (docs/measurement.md#regression-between-runs)
LARGE_STEP, STEP = (
    0.20,
    0.10,
)  # smallest share of change to report with fewer than FULL_RUNS, and with FULL_RUNS or more
ALPHA = 0.01  # level of the prediction bound, for all metrics of a run together
LEAST_SD = 0.02  # least standard deviation of logs: after five equal runs, a slightly different sixth is no alarm
# A change of less than this share of the limit is no regression, whatever its percentage (our judgement): 2 ms to 2.5
# ms with a limit of 200 ms is the noise of two machines' schedulers, not the backend.
LIMIT_SHARE = 0.01
REPEATS = (
    3  # up to so many unusual runs in a row are ignored by the next comparison; more are a new level (our judgement)
)


@dataclass(frozen=True, slots=True)
class Metric:
    """Values of `nfr` in comparable runs.

    earlier  values of earlier runs, oldest first
    now      the newest value
    runs     shape (len(earlier) + 1,): index of the run of each value, the newest last
    offset   added to values before taking logs; 0 unless a value is 0 or below
    """

    nfr: Nfr
    earlier: tuple[HistoryValue, ...]
    now: HistoryValue
    runs: np.ndarray
    offset: float

    @property
    def newest(self) -> float:
        """The newest value, in the requirement's unit."""
        return float(self.values[-1])

    @property
    def values(self) -> np.ndarray:
        """Earlier values, then the newest, in the requirement's unit."""
        return np.array([*(one.value for one in self.earlier), self.now.value], float)

    @property
    def logs(self) -> np.ndarray:
        """Logarithms of `values`, with the sign changed if needed so that more is worse."""
        return np.log(self.values + self.offset) * (1 if self.nfr.limit.below else -1)

    @property
    def bounded(self) -> bool:
        """Is any value only a lower bound? Then only intervals are compared, because the spread of such values is not
        noise.
        """
        return any(one.at_least for one in (*self.earlier, self.now))

    @property
    def settled(self) -> int:
        """The number of earlier values that the newest is compared with.

        Suspect values at the end are excluded: a repeat of an unusual run is compared with the same runs as that run.
        """
        count, worse = len(self.earlier), "▲" if self.nfr.limit.below else "▼"
        least = max(count - REPEATS, FIRST_RUNS)
        while count > least and self.earlier[count - 1].sign == worse:
            count -= 1
        return count

    @property
    def median(self) -> float:
        """The median of the settled earlier values."""
        return float(np.median(self.values[: self.settled]))

    @property
    def need(self) -> int:
        """Settled runs that are missing for a first answer, or after that for the full answer; 0 if none."""
        count = self.settled
        return max((FIRST_RUNS if count < FIRST_RUNS else FULL_RUNS) - count, 0)


def metric(nfr: Nfr, line: HistoryLine, past: Sequence[HistoryLine]) -> Metric | None:
    """The values of `nfr` in `past`, oldest first, and in `line`; None if `line` has none.

    If enough other values are left, earlier values that are only lower bounds are left out: a single search that the
    generator ended would otherwise make the spread of all searches useless.
    """
    now = line.value_of(nfr.id)
    if now.value is None:
        return None
    every = [(number, other.value_of(nfr.id)) for number, other in enumerate(past)]
    found = [(number, one) for number, one in every if one.value is not None]
    exact = [(number, one) for number, one in found if not one.at_least]
    found = exact if len(exact) >= FIRST_RUNS else found
    least = min([now.value, *(one.value for _, one in found if one.value is not None)])
    offset = 0.0 if least > 0 else max(LIMIT_SHARE * nfr.limit.value, 1e-6) - least
    runs = np.array([*(number for number, _ in found), len(past)], int)
    return Metric(nfr, tuple(one for _, one in found), now, runs, offset)


def matters(metric: Metric, base: float) -> bool:
    """Does the newest value differ from `base` by LIMIT_SHARE of the limit or more? Smaller differences are ignored."""
    return bool(abs(metric.newest - base) >= LIMIT_SHARE * metric.nfr.limit.value)


def apart(metric: Metric, others: Sequence[HistoryValue], worse: bool) -> bool:
    """Does the newest interval lie wholly beyond the intervals of all `others`, on the worse (or the better) side?

    False if a value has no interval, because nothing is proven then.
    """
    up = worse == metric.nfr.limit.below
    bound = metric.now.low if up else metric.now.high
    bounds = [float(edge) for one in others if (edge := one.high if up else one.low) is not None]
    if bound is None or not bounds or len(bounds) < len(others):
        return False
    return float(bound) > max(bounds) if up else float(bound) < min(bounds)


def _step(metric: Metric) -> float:
    """The difference of logs between the newest value and the median of the settled values; positive is worse."""
    logs = metric.logs
    return float(logs[-1] - np.median(logs[: metric.settled]))


def _unlikely(metric: Metric) -> float:
    """One-sided p of the newest value by Student's prediction bound on logs, scale sd sqrt(1 + 1/n)."""
    logs, n = metric.logs, metric.settled
    spread = max(float(logs[:n].std(ddof=1)), LEAST_SD) * np.sqrt(1 + 1 / n)
    return float(special.stdtr(n - 1, (logs[:n].mean() - logs[-1]) / spread))


def stand_out(metrics: Sequence[Metric]) -> list[int]:
    """For each metric 1: the newest value is worse than the earlier ones by more than noise; -1: better; 0: neither."""
    full = [m for m in metrics if m.settled >= FULL_RUNS and not m.bounded]
    p = [_unlikely(m) for m in full]
    worse = dict(zip(map(id, full), holm(p), strict=True))
    better = dict(zip(map(id, full), holm([1 - one for one in p]), strict=True))
    return [
        next((side for side, adjusted in ((1, worse), (-1, better)) if _stands(m, side, adjusted.get(id(m), 1.0))), 0)
        for m in metrics
    ]


def _stands(metric: Metric, side: int, p: float) -> bool:
    count, settled = metric.settled, metric.earlier[: metric.settled]
    if count < FIRST_RUNS or not matters(metric, metric.median):
        return False
    step = side * _step(metric)
    if count < FULL_RUNS or metric.bounded:
        return step >= np.log1p(LARGE_STEP) and apart(metric, settled, side > 0)
    if metric.offset and not apart(metric, settled, side > 0):  # there is no percentage of 0: only intervals can decide
        return False
    return step >= np.log1p(STEP) and p <= ALPHA
