"""A quantile over many time intervals together, if only the percentiles of each interval are known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reznet_load.verdict.csv.rounding import reach_down, reach_up


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """Consecutive time intervals.

    `n`: requests in each, rows x intervals. `columns`: their percentiles at `levels`, rows x intervals x levels, NaN if
    there were no requests.
    """

    n: np.ndarray
    levels: np.ndarray
    columns: np.ndarray

    def bounds(self, row: int, below: float, above: float) -> tuple[float, float]:
        """(low, high) ms: the time of rank `below` of all intervals together is at least low, that of rank `above` at
        most high.

        In each interval the share of times below a value is at least the level of its highest percentile below that
        value, and at most the level of its lowest percentile above it.
        """
        values, used = self.columns[row], ~np.isnan(self.columns[row]).any(axis=1)
        n, values = self.n[row][used], values[used]
        if not len(n):
            return 0.0, np.inf
        at_least = np.ceil(n[:, None] * self.levels - 1e-9)  # at least this many times are no slower than the column
        at_most = np.minimum(np.floor(n[:, None] * self.levels + 1e-9), n[:, None])  # and at most this many are faster
        return _low(values - reach_down(values), at_most, n, below), _high(values + reach_up(values), at_least, above)

    def value(self, row: int, level: float) -> float:
        """The quantile itself, as far as the columns show it: the lowest time that at least this share of times does
        not exceed.
        """
        values, used = self.columns[row], ~np.isnan(self.columns[row]).any(axis=1)
        n, values = self.n[row][used], values[used]
        return _high(values, n[:, None] * self.levels, level * n.sum() * (1 - 1e-9)) if n.sum() else np.nan


def _high(values: np.ndarray, ranks: np.ndarray, rank: float) -> float:
    """The lowest of `values` that at least `rank` times certainly do not exceed; inf: none."""
    order = np.argsort(values, axis=None, kind="stable")
    gained = np.diff(np.concatenate([np.zeros((len(ranks), 1)), ranks], axis=1), axis=1)
    reached = np.cumsum(gained.ravel()[order])
    place = int(np.searchsorted(reached, rank - 1e-9))
    return float(values.ravel()[order][place]) if place < len(order) else np.inf


def _low(values: np.ndarray, ranks: np.ndarray, n: np.ndarray, rank: float) -> float:
    """The highest of `values` that fewer than `rank` times can be below; 0: none."""
    if rank <= 0:
        return 0.0
    order = np.argsort(values, axis=None, kind="stable")
    # Below an interval's lowest column there may be as many times as its rank; each column passed adds those up to the
    # next.
    following = np.concatenate([ranks[:, 1:], n[:, None]], axis=1)
    gained = (following - ranks).ravel()[order]
    before = ranks[:, 0].sum() + np.concatenate([[0.0], np.cumsum(gained)[:-1]])
    fits = np.flatnonzero(before < rank)
    return float(values.ravel()[order][fits[-1]]) if len(fits) else 0.0
