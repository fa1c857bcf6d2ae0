"""Intervals for shares, quantiles and means from clustered samples (docs/rules/intervals.md#percentiles-and-shares).

"p95 < T" is tested as "less than 5 % are T or more": a proportion with a Korn-Graubard interval, which is
Clopper-Pearson with the sample reduced by the design effect between ten equal blocks of time (Korn and Graubard 1998;
the US NCHS standard for proportions, Parker et al. 2017). All bounds are one-sided 95 %.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import special

BLOCKS = 10  # with more, blocks are too short to be independent; with fewer, there are too few degrees of freedom
ALPHA = 0.05
_POWER = 0.84  # normal quantile of 80 % power
# Quantiles come from scipy.special: importing scipy.stats takes 0.8 s, in every report and live tab.
_NORMAL = float(special.ndtri(1 - ALPHA))


def student(freedom: float) -> float:
    """The quantile 1 - ALPHA of Student's t with `freedom` degrees of freedom."""
    return float(special.stdtrit(freedom, 1 - ALPHA))


@dataclass(frozen=True, slots=True)
class Interval:
    """One-sided 95 % bounds `low` and `high` of an estimate; `n` samples, equivalent to `effective` independent ones.

    `logarithmic`: of a mean, computed on its logarithm, because the usual bounds were below 0.
    """

    low: float
    high: float
    n: int
    effective: float
    logarithmic: bool = False


def blocks(start: np.ndarray, count: int = BLOCKS) -> np.ndarray:
    """The block, 0 to count-1, of each start: equal parts of the time they span."""
    span = max(float(np.ptp(start)), 1e-9) if len(start) else 1.0
    return (
        np.minimum(((start - start.min()) / span * count).astype(int), count - 1) if len(start) else start.astype(int)
    )


def per_block(block: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Sums of `weights` (or counts) of each block."""
    return np.bincount(block, weights=weights, minlength=BLOCKS).astype(float)


def design_effect(bad: np.ndarray, total: np.ndarray) -> float:
    """The factor by which clustering increases the variance of bad/total, from counts by block; 1 if it cannot be
    estimated.
    """
    n = total.sum()
    k = bad.sum()
    b = len(total)
    share = k / n if n else 0.0
    if not 0 < share < 1 or b < 2:
        return 1.0
    variance = b / (b - 1) * ((bad - share * total) ** 2).sum() / n**2
    return float(variance / (share * (1 - share) / n))


def share_interval(bad: np.ndarray, total: np.ndarray, extra: float = 1.0) -> Interval:
    """Korn-Graubard bounds of bad/total from counts by block; `extra` is a design effect known from another source."""
    n = float(total.sum())
    k = float(bad.sum())
    b = len(total)
    effective = n / max(1.0, design_effect(bad, total), extra)
    if b > 1:
        effective *= (_NORMAL / student(b - 1)) ** 2
    hits = k / n * effective
    low = special.betaincinv(hits, effective - hits + 1, ALPHA) if hits > 0 else 0.0
    high = special.betaincinv(hits + 1, effective - hits, 1 - ALPHA) if hits < effective else 1.0
    return Interval(float(low), float(high), int(n), effective)


@dataclass(frozen=True, slots=True)
class Exceedance:
    """The share at or beyond a limit, the estimate of the quantile with its interval, and the samples still missing."""

    share: Interval
    value: float
    low: float
    high: float
    missing: int


def exceedance(start: np.ndarray, value: np.ndarray, limit: float, level: float, below: bool = True) -> Exceedance:
    """Tests `value` against "quantile `level` below `limit`" (or above it, `below` False). Needs at least one sample."""
    data, bound = (value, limit) if below else (-value, -limit)
    block = blocks(start)
    total = per_block(block)
    used = total > 0
    estimate = float(np.quantile(data, level, method="inverted_cdf"))
    extra = design_effect(per_block(block, data >= estimate)[used], total[used])
    # Far below the limit one cluster of slow samples says nothing about the limit: it made 95 % of such runs Warning
    # (docs/rules/intervals.md#bunched-samples).
    if below and np.quantile(data, 1 - (1 - level) / 5, method="inverted_cdf") < bound / 2:
        extra = 1.0
    share = share_interval(per_block(block, data >= bound)[used], total[used], extra)
    low, high = quantile_bounds(data, level, max(share.effective, 1.0))
    q = float((data >= bound).mean())
    missing = more_needed(q, 1 - level, len(data) / max(share.effective, 1e-9)) - len(data)
    low, high, estimate = (low, high, estimate) if below else (-high, -low, -estimate)
    return Exceedance(share, estimate, low, high, max(0, missing))


def quantile_bounds(value: np.ndarray, level: float, effective: float) -> tuple[float, float]:
    """Two-sided 90 % bounds of a quantile, from order statistics for `effective` independent samples."""
    rank = level * effective
    low = special.betaincinv(rank, effective - rank + 1, ALPHA)
    high = special.betaincinv(rank + 1, max(effective - rank, 1e-9), 1 - ALPHA)
    found = np.quantile(value, [float(np.nan_to_num(low)), float(np.nan_to_num(high, nan=1.0))], method="inverted_cdf")
    return float(found[0]), float(found[1])


def mean_interval(start: np.ndarray, value: np.ndarray) -> Interval:
    """Bounds of a mean by the ratio of batch means over ten blocks of time, Student t. Fewer than two blocks: no
    bounds.

    Values of one unit (a reply's gaps) must have the same start, so that they stay in one batch.

    If no value is below 0 but the bounds are, the blocks are too few or too unequal for a normal sum. Then the bounds
    are mean · exp(±t · error / mean), the same method on the logarithm, which is wider
    (docs/rules/intervals.md#means-and-throughput).
    """
    block = blocks(start)
    total, sums = per_block(block), per_block(block, value)
    used = total > 0
    total, sums = total[used], sums[used]
    b, n = len(total), float(total.sum())
    if b < 2:
        return Interval(-math.inf, math.inf, int(n), 1.0)
    mean = sums.sum() / n
    error = math.sqrt(b / (b - 1) * ((sums - mean * total) ** 2).sum()) / n
    reach = student(b - 1) * error
    if 0 < mean < reach and value.min() >= 0:
        ratio = math.exp(reach / mean)
        return Interval(float(mean / ratio), float(mean * ratio), int(n), float(b), logarithmic=True)
    return Interval(float(mean - reach), float(mean + reach), int(n), float(b))


def more_needed(share: float, allowed: float, effect: float) -> int:
    """Samples for 80 % power to distinguish `share` from `allowed`, clustering included; at most a million."""
    if share == allowed:
        return 1_000_000
    spread = max(share * (1 - share), allowed * (1 - allowed) / 10)
    needed = max(effect, 1.0) * spread * (_NORMAL + _POWER) ** 2 / (share - allowed) ** 2
    return int(min(math.ceil(needed), 1_000_000))
