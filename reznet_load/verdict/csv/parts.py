"""A quantile of many stretches of time together, where only the percentiles of each are known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reznet_load.verdict.csv.rounding import reach_down, reach_up


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """Stretches that follow each other: `n` requests of each, rows x stretches; their percentiles at `levels` in `columns`,
    rows x stretches x levels, NaN where nothing was asked.
    """

    n: np.ndarray
    levels: np.ndarray
    columns: np.ndarray

    def bounds(self, row: int, below: float, above: float) -> tuple[float, float]:
        """(low, high) ms: the time of rank `below` of all stretches together is at least low, that of rank `above` at most high.

        Of each stretch as many times are surely below a value as its highest percentile below it says, and no more than its
        lowest percentile above it says.
        """
        values, used = self.columns[row], ~np.isnan(self.columns[row]).any(axis=1)
        n, values = self.n[row][used], values[used]
        if not len(n):
            return 0.0, np.inf
        at_least = np.ceil(n[:, None] * self.levels - 1e-9)  # so many times are no slower than the column
        at_most = np.minimum(np.floor(n[:, None] * self.levels + 1e-9), n[:, None])  # and not more are faster
        return _low(values - reach_down(values), at_most, n, below), _high(values + reach_up(values), at_least, above)

    def value(self, row: int, level: float) -> float:
        """The quantile itself, as far as the columns tell it: the lowest time that so large a share is no slower than."""
        values, used = self.columns[row], ~np.isnan(self.columns[row]).any(axis=1)
        n, values = self.n[row][used], values[used]
        return _high(values, n[:, None] * self.levels, level * n.sum() * (1 - 1e-9)) if n.sum() else np.nan


def _high(values: np.ndarray, ranks: np.ndarray, rank: float) -> float:
    """The lowest of `values` that `rank` times are surely no slower than; inf: none is."""
    order = np.argsort(values, axis=None, kind="stable")
    gained = np.diff(np.concatenate([np.zeros((len(ranks), 1)), ranks], axis=1), axis=1)
    reached = np.cumsum(gained.ravel()[order])
    place = int(np.searchsorted(reached, rank - 1e-9))
    return float(values.ravel()[order][place]) if place < len(order) else np.inf


def _low(values: np.ndarray, ranks: np.ndarray, n: np.ndarray, rank: float) -> float:
    """The highest of `values` that fewer than `rank` times can be faster than; 0: none is."""
    if rank <= 0:
        return 0.0
    order = np.argsort(values, axis=None, kind="stable")
    # Below a stretch's lowest column as many may lie as its rank there; each column that is reached lets in those up to the next.
    following = np.concatenate([ranks[:, 1:], n[:, None]], axis=1)
    gained = (following - ranks).ravel()[order]
    before = ranks[:, 0].sum() + np.concatenate([[0.0], np.cumsum(gained)[:-1]])
    fits = np.flatnonzero(before < rank)
    return float(values.ravel()[order][fits[-1]]) if len(fits) else 0.0
