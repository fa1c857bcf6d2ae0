"""Bounds from Locust's figures: of a quantile, a mean, or the largest time of the successes, for many rows at once.

Every bound is one-sided 95 %, for independent requests, and holds for any shape of the distribution
(docs/rules/locust-csv.md#percentiles).
"""

from __future__ import annotations

import numpy as np
from scipy import special

from reznet_load.verdict.csv.rounding import reach_down, reach_up
from reznet_load.verdict.csv.table import Table
from reznet_load.verdict.intervals import ALPHA

NORMAL = float(special.ndtri(1 - ALPHA))
MEAN_ZONE = 0.05  # a run's requests come in clusters, which a CSV does not show: no mean is known better than to 5 %


def lower_rank(n: np.ndarray, level: float) -> np.ndarray:
    """The highest rank of `n` that lies below the quantile with 95 % confidence; 0: none. One exceedance proves
    nothing, so it is at most n-1.
    """
    count, where = np.unique(np.maximum(n, 0), return_inverse=True)
    rank = np.floor(np.nan_to_num(special.bdtrik(ALPHA, np.maximum(count, 1), level), nan=-1.0)) + 1
    rank += special.bdtr(rank, np.maximum(count, 1), level) <= ALPHA  # bdtrik is slightly off at whole numbers
    rank -= (rank > 0) & (special.bdtr(rank - 1, np.maximum(count, 1), level) > ALPHA * (1 + 1e-9))
    return np.clip(rank, 0, np.maximum(count - 1, 0))[where]


def upper_rank(n: np.ndarray, level: float) -> np.ndarray:
    """The lowest rank of `n` that lies above the quantile with 95 % confidence; n + 1: none."""
    count, where = np.unique(np.maximum(n, 0), return_inverse=True)
    some = np.maximum(count, 1)
    rank = np.ceil(np.nan_to_num(special.bdtrik(1 - ALPHA, some, level), nan=0.0)) + 1
    rank -= (rank > 1) & (special.bdtr(rank - 2, some, level) >= 1 - ALPHA)
    rank += special.bdtr(rank - 1, some, level) < 1 - ALPHA
    return np.clip(rank, 1, count + 1)[where]


def quantile_bounds(table: Table, rows: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray]:
    """(low, high) of the quantile `level` of the successes of `rows`; high is inf if nothing bounds it.

    A failure among the times may have any rank: the k-th success is no faster than the k-th time, and no slower than
    the (k + number of failures)-th time.
    """
    ranked, mixed = table.ranked[rows], table.mixed[rows]
    low = _from_whole(table, rows, level)
    high = np.where(np.isnan(table.maximum[rows]), np.inf, _at_most(table.maximum[rows]))
    high[upper_rank(table.timed[rows] - mixed, level) > table.timed[rows] - mixed] = np.inf
    below, above = lower_rank(ranked - mixed, level), upper_rank(ranked - mixed, level) + mixed
    if table.parts is not None:
        found = np.array([table.parts.bounds(int(row), *ranks) for row, *ranks in zip(rows, below, above, strict=True)])
        found = found.reshape(len(rows), 2)
        return np.maximum(low, found[:, 0]), np.minimum(high, found[:, 1])
    columns, levels = _with_median(table, rows)
    for value, at in zip(columns, levels, strict=True):
        known = ~np.isnan(value)
        highest = np.minimum(np.floor(ranked * at + 1e-9) + 1, ranked)  # Locust takes this rank, or the one before it
        lowest = np.ceil(ranked * at - 1e-9)
        use = known & (below > 0) & (highest <= below)
        low = np.where(use, np.maximum(low, value - reach_down(value)), low)
        use = known & (lowest >= above) & (above <= ranked)
        high = np.where(use, np.minimum(high, value + reach_up(value)), high)
    return np.maximum(low, 0.0), high


def _from_whole(table: Table, rows: np.ndarray, level: float) -> np.ndarray:
    """The lower bound from the smallest time and the mean: the k lowest times sum to at least the total minus the
    others' maximum.
    """
    n = table.timed[rows]
    minimum = table.minimum[rows]
    mean = table.mean[rows]
    k = lower_rank(n - table.mixed[rows], level)
    low = np.where((k > 0) & ~np.isnan(minimum), minimum, 0.0)
    # else the three figures do not describe the same requests
    of_one = (minimum <= mean) & (mean <= _at_most(table.maximum[rows]))
    with np.errstate(divide="ignore", invalid="ignore"):
        rest = (n * mean - _most_above(table, rows, k)) / k
    return np.where((k > 0) & of_one & np.isfinite(rest), np.maximum(low, rest), low)


def _most_above(table: Table, rows: np.ndarray, k: np.ndarray) -> np.ndarray:
    """The most that all times after the k-th can sum to: each is at most the next column above it, and at most the
    largest.
    """
    n, reached = table.timed[rows], k
    total = np.zeros(len(rows))
    largest = _at_most(table.maximum[rows])
    same = table.ranked[rows] == n  # else the percentiles describe other requests than the mean
    columns, levels = _with_median(table, rows)
    for at in np.argsort(levels):
        value = np.fmin(columns[at] + reach_up(columns[at]), largest)
        rank = np.ceil(
            n * levels[at] - 1e-9
        )  # Locust takes this rank or the next: at least this many times are not slower
        step = np.where(same & ~np.isnan(columns[at]), np.maximum(rank - reached, 0), 0)
        total += step * np.nan_to_num(value)
        reached = reached + step
    return total + np.maximum(n - reached, 0) * largest


def _at_most(value: np.ndarray) -> np.ndarray:
    """The largest time that may have been written as `value`: Locust 0.x cut the fraction off."""
    return np.where(value == np.floor(value), value + 1, value)


def _with_median(table: Table, rows: np.ndarray) -> tuple[list[np.ndarray], list[float]]:
    columns, levels = list(table.columns[rows].T), [float(level) for level in table.levels]
    if not any(abs(level - 0.5) < 1e-9 for level in levels):
        columns, levels = [*columns, table.median[rows]], [*levels, 0.5]
    return columns, levels


def mean_bounds(table: Table, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(low, high) of the mean of the successes of `rows`.

    Times between `minimum` and `maximum` with this mean have a variance of at most (max - mean)(mean - min) (Bhatia and
    Davis 2000); failures may have been the fastest or the slowest of them.
    """
    n = table.timed[rows]
    mixed = table.mixed[rows]
    mean = table.mean[rows]
    minimum = np.where(np.isnan(table.minimum[rows]), 0.0, table.minimum[rows])
    maximum = np.where(np.isnan(table.maximum[rows]), np.inf, _at_most(table.maximum[rows]))
    good = np.maximum(n - mixed, 1)
    with np.errstate(invalid="ignore"):
        most = np.sqrt(np.maximum((maximum - mean) * (mean - minimum), 0.0))
        zone = np.maximum(MEAN_ZONE * mean, NORMAL * most / np.sqrt(good))
        low = np.where(mixed > 0, (mean * n - mixed * maximum) / good, mean) - zone
        high = np.where(mixed > 0, (mean * n - mixed * minimum) / good, mean) + zone
    low, high = np.nan_to_num(low, nan=0.0, neginf=0.0), np.nan_to_num(high, nan=np.inf, posinf=np.inf)
    return np.maximum(low, minimum), np.minimum(high, maximum)


def largest_bounds(table: Table, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(low, high) of the largest time of the successes of `rows`; if some requests failed, the largest may be one of
    theirs.
    """
    mixed = table.mixed[rows]
    ranked = table.ranked[rows]
    maximum = table.maximum[rows]
    low = np.where(mixed > 0, 0.0, maximum)
    columns, levels = _with_median(table, rows)
    for value, at in zip(columns, levels, strict=True):
        use = ~np.isnan(value) & (mixed > 0) & (np.minimum(np.floor(ranked * at) + 1, ranked) <= ranked - mixed)
        low = np.where(use, np.maximum(low, value - reach_down(value)), low)
    return low, maximum


def share_bounds(hits: np.ndarray, n: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Clopper-Pearson bounds of hits/n, 0 to 1."""
    with np.errstate(invalid="ignore"):
        low = np.where(hits > 0, special.betaincinv(np.maximum(hits, 1e-9), n - hits + 1, ALPHA), 0.0)
        high = np.where(hits < n, special.betaincinv(hits + 1, np.maximum(n - hits, 1e-9), 1 - ALPHA), 1.0)
    return low, high
