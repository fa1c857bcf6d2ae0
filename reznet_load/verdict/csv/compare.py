"""Compares the rows of two runs: better, worse, or `~` if rounding and counts leave both possible."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reznet_load.core.measured.statistic import statistic_of
from reznet_load.core.units import six_digits_or_none
from reznet_load.verdict.csv.bounds import quantile_bounds, share_bounds
from reznet_load.verdict.csv.table import Table

BETTER, WORSE, SAME = "better", "worse", "~"
_TIMES = ("p50", "p95")
ERRORS = "error_rate"


@dataclass(frozen=True, slots=True)
class StatisticChange:
    """One statistic of a row; `before` and `now` are each (value, low, high) in `unit`, None if there is no value.

    sign   better or worse if the intervals are disjoint, else `~`; empty if one side has no number
    """

    row: str
    statistic: str
    unit: str
    before: tuple[float | None, float | None, float | None]
    now: tuple[float | None, float | None, float | None]
    sign: str


@dataclass(frozen=True, slots=True)
class TableComparison:
    """`changes` of the rows that both runs have, and the names of the others."""

    changes: tuple[StatisticChange, ...]
    gone: tuple[str, ...]
    new: tuple[str, ...]


def compare(before: Table, now: Table) -> TableComparison:
    """Compare each row of `now` with the row of the same name of `before`."""
    old = {before.keys[at]: int(at) for at in before.operations}
    new = {now.keys[at]: int(at) for at in now.operations}
    both = [key for key in new if key in old]
    then, here = np.array([old[key] for key in both], dtype=int), np.array([new[key] for key in both], dtype=int)
    columns = [_times(name, before, then, now, here) for name in _TIMES] + [_errors(before, then, now, here)]
    changes = [_change(key, column, at) for at, key in enumerate(both) for column in columns]
    return TableComparison(
        tuple(change for change in changes if change.sign),
        tuple(key for key in old if key not in new),
        tuple(key for key in new if key not in old),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Column:
    """One statistic of all rows: value, low and high of one side."""

    statistic: str
    unit: str
    before: tuple[np.ndarray, np.ndarray, np.ndarray]
    now: tuple[np.ndarray, np.ndarray, np.ndarray]


def _times(name: str, before: Table, then: np.ndarray, now: Table, here: np.ndarray) -> _Column:
    level = statistic_of(name).level
    sides = [
        (table.column(level)[rows], *quantile_bounds(table, rows, level))
        for table, rows in ((before, then), (now, here))
    ]
    return _Column(name, "ms", sides[0], sides[1])


def _errors(before: Table, then: np.ndarray, now: Table, here: np.ndarray) -> _Column:
    sides = []
    for table, rows in ((before, then), (now, here)):
        failures, requests = table.failures[rows], table.requests[rows]
        low, high = share_bounds(failures, np.maximum(requests, 1))
        share = np.where(requests > 0, failures / np.maximum(requests, 1), np.nan)
        sides.append((100 * share, 100 * low, 100 * high))
    return _Column(ERRORS, "%", sides[0], sides[1])


def _change(key: str, column: _Column, at: int) -> StatisticChange:
    before, now = ([float(one[at]) for one in side] for side in (column.before, column.now))
    sign = ""
    if not (np.isnan(before[0]) or np.isnan(now[0])):
        sign = BETTER if now[2] < before[1] else WORSE if now[1] > before[2] else SAME
    return StatisticChange(key, column.statistic, column.unit, _plain(before), _plain(now), sign)


def _plain(side: list[float]) -> tuple[float | None, float | None, float | None]:
    value, low, high = map(six_digits_or_none, side)
    return value, low, high
