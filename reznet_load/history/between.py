"""Do two runs differ? A test on their samples that knows that samples of one run come in bunches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

ALPHA = 0.05


@dataclass(frozen=True, slots=True)
class Blocks:
    """Sums and counts of one run by block of time; their ratio is a mean, or the share of samples past something."""

    sums: np.ndarray
    counts: np.ndarray

    @property
    def ratio(self) -> float:
        """Over all blocks."""
        return float(self.sums.sum() / self.counts.sum())

    def variance(self) -> float:
        """Of `ratio`, from the spread between blocks (linearised, Korn and Graubard 1998); two blocks or more."""
        b = len(self.counts)
        return float(b / (b - 1) * ((self.sums - self.ratio * self.counts) ** 2).sum() / self.counts.sum() ** 2)


def difference(one: Blocks, other: Blocks, share: bool) -> float | None:
    """Two-sided p that two runs have the same ratio: t test between blocks of time, Welch's degrees of freedom.

    For a share the variance is at least that of independent samples with the pooled share: a design effect below 1 is
    luck (Rao and Scott 1981). With shares past the pooled quantile it is a two-sample quantile test (Mood 1950 for the
    median). None with fewer than two blocks in either.
    """
    sides = (one, other)
    if min(len(side.counts) for side in sides) < 2:
        return None
    variances = [side.variance() for side in sides]
    if share:
        pooled = sum(side.sums.sum() for side in sides) / sum(side.counts.sum() for side in sides)
        independent = [pooled * (1 - pooled) / side.counts.sum() for side in sides]
        variances = [max(pair) for pair in zip(variances, independent, strict=True)]
    gap, total = one.ratio - other.ratio, sum(variances)
    if not total:
        return 1.0 if not gap else 0.0
    parts = sum(v**2 / (len(side.counts) - 1) for v, side in zip(variances, sides, strict=True))
    return float(2 * special.stdtr(total**2 / parts, -abs(gap) / np.sqrt(total)))
