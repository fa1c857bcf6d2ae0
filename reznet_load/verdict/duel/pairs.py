"""Pairs of blocks of time: what both sides of a duel did in the same 15 seconds.

If the machine slows down, both sides of a pair slow down, and the effect cancels in their difference (duet
benchmarking: Bulej and others, ICPE 2020). A latency is compared by its geometric mean, for two reasons: the mean of
logarithms needs far fewer samples than a p95, and a constant factor (B takes 10 % longer) becomes a constant
difference.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

BLOCK_SECONDS = 15.0  # longer than the fluctuations of a shared machine (10 s), short enough for 12 pairs in 3 minutes
FEWEST_PAIRS = 10  # blocks are never joined below this: Student's t with fewer than 9 degrees of freedom is too wide
_MOST_JOINS = 2
_CORRELATED = 0.2  # correlation of neighbouring pairs above which they are not independent evidence


@dataclass(frozen=True, slots=True)
class PairedRow:
    """Sums and counts of one row by block, for both sides; blocks with the same index cover the same time.

    row       name of the row
    sums      shape (2, blocks): sums of the logarithms of latencies in ms, or of failures (0 or 1)
    counts    shape (2, blocks): numbers of operations
    ratio     True: a latency, whose change is a factor; False: a share, whose change is a difference
    seconds   length of a block
    """

    row: str
    sums: np.ndarray
    counts: np.ndarray
    ratio: bool = True
    seconds: float = BLOCK_SECONDS

    @property
    def differences(self) -> np.ndarray:
        """B's mean minus A's mean in each block in which both have operations, shape (pairs,)."""
        used = (self.counts > 0).all(axis=0)
        means = self.sums[:, used] / self.counts[:, used]
        return means[1] - means[0]

    def joined(self) -> PairedRow:
        """The row with neighbouring blocks joined two by two; a last block without a neighbour is left out."""
        even = self.counts.shape[1] // 2 * 2
        sums, counts = [table[:, :even].reshape(2, -1, 2).sum(axis=2) for table in (self.sums, self.counts)]
        return PairedRow(self.row, sums, counts, self.ratio, 2 * self.seconds)


def paired(
    row: str,
    starts: tuple[np.ndarray, np.ndarray],
    values: tuple[np.ndarray, np.ndarray],
    origin: float,
    seconds: float,
    ratio: bool = True,
) -> PairedRow:
    """The blocks of a row within `seconds` from `origin`; an incomplete last block is left out.

    starts    starts of operations of A and of B, in seconds on the clock of `origin`
    values    latencies in ms (`ratio`), or 0 and 1 for failures; a latency below 1 µs counts as 1 µs
    """
    blocks = max(int(seconds // BLOCK_SECONDS), 0)
    sums, counts = np.zeros((2, blocks)), np.zeros((2, blocks))
    for side, (start, value) in enumerate(zip(starts, values, strict=True)):
        block = np.floor((start - origin) / BLOCK_SECONDS).astype(int)
        inside = (block >= 0) & (block < blocks)
        kept = np.log(np.maximum(value[inside], 1e-3)) if ratio else value[inside].astype(float)
        counts[side] = np.bincount(block[inside], minlength=blocks)[:blocks]
        sums[side] = np.bincount(block[inside], weights=kept, minlength=blocks)[:blocks]
    return PairedRow(row, sums, counts, ratio)


def correlation(differences: np.ndarray) -> float:
    """The correlation of each difference with the next; 0 if there are fewer than four, or if they are all equal.

    Short series underestimate it, so the estimate is raised by (1 + 3r)/n (Kendall 1954, first order).
    """
    n = len(differences)
    if n < 4:
        return 0.0
    deviation = differences - differences.mean()
    spread = float((deviation**2).sum())
    if not spread:
        return 0.0
    seen = float((deviation[1:] * deviation[:-1]).sum()) / spread
    return min(seen + (1 + 3 * seen) / n, 0.99)


def decorrelated(rows: list[PairedRow]) -> tuple[list[PairedRow], float, float]:
    """(rows, seconds of a block, remaining correlation), after joining blocks that resemble their neighbours.

    If the correlation between neighbouring pairs, as median over rows, exceeds 0.2, all rows join their blocks two by
    two: at most twice, and never below FEWEST_PAIRS.
    """
    seconds = BLOCK_SECONDS
    for _ in range(_MOST_JOINS):
        left = _median_correlation(rows)
        pairs = min((len(row.differences) for row in rows), default=0)
        if left <= _CORRELATED or pairs // 2 < FEWEST_PAIRS:
            break
        rows, seconds = [row.joined() for row in rows], 2 * seconds
    left = _median_correlation(rows)
    return rows, seconds, left if left > _CORRELATED else 0.0


def _median_correlation(rows: list[PairedRow]) -> float:
    return float(np.median([correlation(row.differences) for row in rows])) if rows else 0.0
