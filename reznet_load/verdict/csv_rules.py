"""The same families where only Locust's CSV columns are left: counts are exact, percentiles are rounded.

Locust keeps two significant digits and is up to one rank off (docs/measurement.md#plain-locust-csvs); the rank's own uncertainty
is taken from the number of requests, and the nearest columns outside of it bound the quantile.
"""

from __future__ import annotations

import math

import numpy as np
from scipy import special

from reznet_load.core.measurement import STATISTICS, Row
from reznet_load.core.nfr import Nfr
from reznet_load.verdict.intervals import ALPHA, share_interval
from reznet_load.verdict.judgement import FEWEST, SAMPLES, Judgement, by_bounds, one_only, spread, too_few, two_at_least
from reznet_load.verdict.rules import FAILED_SHARE

_MEAN_ZONE = 0.05  # an average without its spread: this close to the limit it tells nothing


def judge_row(nfr: Nfr, row: Row) -> Judgement | None:
    """What a row of Locust's CSV says; None where it has nothing to say."""
    family = STATISTICS[nfr.statistic].family
    if not row.total or family not in ("quantile", "mean", "errors"):
        return None
    failed = share_interval(np.array([float(row.failures)]), np.array([float(row.total)]))
    if family == "errors":
        return _errors(nfr, row, failed.low, failed.high)
    if failed.low >= FAILED_SHARE and row.failures >= FEWEST:
        reason = f"{row.error_rate:.1f} % failed ({row.failures} of {row.total}): what is left is no latency to judge"
        return Judgement("fail", None, nfr.limit.unit, row.total, row.key, row.phase, reason=reason)
    return _quantile(nfr, row) if family == "quantile" else _mean(nfr, row)


def rounding(value: float) -> float:
    """Half a step of Locust's buckets around `value` ms."""
    if value < 100:
        return 0.5
    return 10 ** (math.floor(math.log10(value)) - 1) / 2


def _quantile(nfr: Nfr, row: Row) -> Judgement | None:
    statistic = STATISTICS[nfr.statistic]
    columns = {float(level): value for level, value in row.columns.items()}
    value = columns.get(statistic.level)
    if value is None:
        return None
    low, high = _bounds(columns, statistic.level, row.total)
    outcome, reason = two_at_least(by_bounds(nfr.limit, low, high), row.total), ""
    if outcome != "fail" and row.total < statistic.floor:
        outcome, reason = "warning", too_few(row.total, statistic.floor)
    elif outcome != "pass":
        stands = "past" if outcome == "fail" else "straddles"
        reason = f"{statistic.label} {spread(value, low, high, 'ms')} from rounded CSV columns {stands} the limit"
    open_ = SAMPLES if outcome == "warning" else ""
    return Judgement(outcome, value, "ms", row.total, row.key, row.phase, low, high, reason, open=open_)


def _bounds(columns: dict[float, float], level: float, n: int) -> tuple[float, float]:
    """The columns next outside of the quantile's rank interval, widened by their rounding."""
    least = special.betaincinv(level * n, n - level * n + 1, ALPHA)
    most = special.betaincinv(level * n + 1, max(n - level * n, 1e-9), 1 - ALPHA)
    below = [value for at, value in columns.items() if at <= least]
    above = [value for at, value in columns.items() if at >= most]
    low, high = max(below, default=0.0), min(above, default=math.inf)
    return max(0.0, low - rounding(low)), high + rounding(high) if math.isfinite(high) else 1e12


def _mean(nfr: Nfr, row: Row) -> Judgement | None:
    if row.mean is None:
        return None
    low, high = row.mean * (1 - _MEAN_ZONE), row.mean * (1 + _MEAN_ZONE)
    outcome = by_bounds(nfr.limit, low, high)
    reason, floor, open_ = "", STATISTICS["mean"].floor, ""
    if outcome != "pass":
        reason = "Locust's average, which has no interval; record samples to know"
    elif row.total < floor:
        outcome, reason, open_ = "warning", too_few(row.total, floor), SAMPLES
    return Judgement(outcome, row.mean, "ms", row.total, row.key, row.phase, low, high, reason, open=open_)


def _errors(nfr: Nfr, row: Row, low: float, high: float) -> Judgement:
    outcome = two_at_least(by_bounds(nfr.limit, 100 * low, 100 * high), row.failures)
    reason = "" if outcome == "pass" else f"{row.failures} of {row.total} failed"
    if outcome == "warning" and not row.failures:
        reason = f"{row.total} requests are too few to prove it"
    if outcome == "warning" and row.failures == 1:
        reason += f": {one_only(row.total)}"
    return Judgement(outcome, row.error_rate, "%", row.total, row.key, row.phase, 100 * low, 100 * high, reason)
