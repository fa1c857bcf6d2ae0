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

FIRST_RUNS = 2  # earlier runs needed before anything is reported
FULL_RUNS = 5  # from here on the runs' own spread is used (docs/measurement.md#regression-between-runs)
LARGE_STEP, STEP = 0.20, 0.10  # smallest change to report with fewer than FULL_RUNS, and with at least as many
ALPHA = 0.01  # level of the prediction bound, for all metrics of a run together
LEAST_SD = 0.02  # of logs: after five equal runs, a slightly different sixth must not raise an alarm
# A change of less than this share of the limit is no regression, whatever its percentage (our judgement): 2 ms to 2.5
# ms with a limit of 200 ms is the noise of two machines' schedulers, not the backend.
LIMIT_SHARE = 0.01
REPEATS = 3  # so many unusual runs in a row are not used as the past of the next (our judgement); more are a new level


@dataclass(frozen=True, slots=True)
class Metric:
    """Values of `nfr`: the earlier ones of the runs numbered `runs`, then the newest, `now`.

    offset   added before taking logs, if a value is 0 or below
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
        """How many of the earlier values the newest is compared with: the last ones are excluded if they were suspect.

        A repeat of an unusual run must be compared with the same past, without the unusual run.
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
        """Settled runs still missing for a first answer, then for the full one."""
        count = self.settled
        return max((FIRST_RUNS if count < FIRST_RUNS else FULL_RUNS) - count, 0)


def metric(nfr: Nfr, line: HistoryLine, past: Sequence[HistoryLine]) -> Metric | None:
    """The values of `nfr` in `past`, oldest first, and in `line`; None if `line` has none.

    Earlier lower bounds are left out if there is enough without them: otherwise one search that the generator ended
    would make the spread of all others useless.
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
    """Is the newest value further from `base` than what matters at this limit?"""
    return bool(abs(metric.newest - base) >= LIMIT_SHARE * metric.nfr.limit.value)


def apart(metric: Metric, others: Sequence[HistoryValue], worse: bool) -> bool:
    """Is the newest interval wholly beyond the intervals of all `others`, on the worse (or the better) side?

    False if any has no interval: then nothing is proven.
    """
    up = worse == metric.nfr.limit.below
    bound = metric.now.low if up else metric.now.high
    bounds = [float(edge) for one in others if (edge := one.high if up else one.low) is not None]
    if bound is None or not bounds or len(bounds) < len(others):
        return False
    return float(bound) > max(bounds) if up else float(bound) < min(bounds)


def _step(metric: Metric) -> float:
    """By how many logs the newest value is worse than the median of the settled ones."""
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
    if metric.offset and not apart(metric, settled, side > 0):  # no percentage from 0: only intervals can decide
        return False
    return step >= np.log1p(STEP) and p <= ALPHA
