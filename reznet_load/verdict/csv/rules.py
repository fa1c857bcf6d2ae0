"""One rule for each family of statistics, applied to the figures of many rows at once: outcome, value and bounds of
each.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reznet_load.core.measured.statistic import Statistic
from reznet_load.core.units import Limit
from reznet_load.verdict.csv.bounds import largest_bounds, mean_bounds, quantile_bounds, share_bounds
from reznet_load.verdict.csv.table import Table
from reznet_load.verdict.judgement import FEWEST
from reznet_load.verdict.rules import FAILED_SHARE

PASS, WARNING, FAIL = 0, 1, 2
OUTCOMES = ("pass", "warning", "fail")
# The units that a limit of a family may have; other families cannot be judged from Locust's figures.
UNITS = {
    "quantile": ("ms",),
    "mean": ("ms",),
    "extreme": ("ms",),
    "least": ("ms",),
    "errors": ("%",),
    "throughput": ("/s",),
    "requests": ("requests", "count"),
}
# Codes for the reason of an outcome; only the deciding row's reason is put into words.
BY_BOUNDS, TOO_FEW, TOO_MANY_FAILED, ONE_ONLY, OUTSIDE = range(5)
_HAIR = 1e-6  # tolerance for floats
_HOLDS = {"<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal}


@dataclass(frozen=True, slots=True, eq=False)
class RuleOutcomes:
    """The result for each of `rows`: `outcome` (an index into OUTCOMES) and `why`, `value` with `low` and `high`, `n`
    samples.

    `silent` rows have no number: they prove nothing.
    """

    rows: np.ndarray
    outcome: np.ndarray
    why: np.ndarray
    value: np.ndarray
    low: np.ndarray
    high: np.ndarray
    n: np.ndarray
    silent: np.ndarray


def judge_rows(statistic: Statistic, limit: Limit, table: Table, rows: np.ndarray) -> RuleOutcomes:
    """`rows` of `table` compared with `limit`; rows without requests are left out. Families: see `FAMILIES`."""
    rows = rows[table.requests[rows] > 0]
    if statistic.family == "errors":  # a row of two calls without a failure says nothing if other rows have enough
        telling = rows[(table.requests[rows] >= statistic.floor) | (table.failures[rows] > 0)]
        rows = telling if len(telling) else rows
    value, low, high, n = FAMILIES[statistic.family](statistic, table, rows)
    outcome = _by_bounds(limit, low, high)
    why = np.full(len(rows), BY_BOUNDS)
    few = (outcome != FAIL) & (n < statistic.floor)
    outcome[few], why[few] = WARNING, TOO_FEW
    silent = np.isnan(value)
    outside = (outcome == PASS) & ((value < low - _HAIR) | (value > high + _HAIR))
    outcome[outside], why[outside] = WARNING, OUTSIDE
    if statistic.family == "errors":
        _two_at_least(outcome, why, table.failures[rows])
    elif UNITS[statistic.family] == ("ms",):
        _of_failures(outcome, why, silent, table, rows)
    return RuleOutcomes(rows, outcome, why, value, low, high, n, silent)


def _by_bounds(limit: Limit, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    holds = _HOLDS[limit.operator]
    with np.errstate(invalid="ignore"):
        good = holds(low, limit.value).astype(int) + holds(high, limit.value).astype(int)
    return np.select([good == 2, good == 1], [PASS, WARNING], FAIL)


def _two_at_least(outcome: np.ndarray, why: np.ndarray, failures: np.ndarray) -> None:
    """A single failure proves nothing: one of one would put the lower bound of its share just above 5 %."""
    one = (outcome == FAIL) & (failures < FEWEST)
    outcome[one], why[one] = WARNING, ONE_ONLY


def _of_failures(outcome: np.ndarray, why: np.ndarray, silent: np.ndarray, table: Table, rows: np.ndarray) -> None:
    """Rows with proven too many failures have no latency to judge; a single request proves nothing."""
    failures = table.failures[rows]
    share, _ = share_bounds(failures, table.requests[rows])
    broken = (share >= FAILED_SHARE) & (failures >= FEWEST)
    outcome[broken] = FAIL
    why[broken] = TOO_MANY_FAILED
    silent[broken] = False
    one = (outcome == FAIL) & ~broken & (table.successes[rows] < FEWEST)
    outcome[one], why[one] = WARNING, ONE_ONLY


def _quantile(statistic: Statistic, table: Table, rows: np.ndarray) -> tuple[np.ndarray, ...]:
    low, high = quantile_bounds(table, rows, statistic.level)
    n = np.minimum(table.successes[rows], table.ranked[rows] - table.mixed[rows])
    return table.column(statistic.level)[rows], low, high, np.maximum(n, 0)


def _mean(_: Statistic, table: Table, rows: np.ndarray) -> tuple[np.ndarray, ...]:
    return table.mean[rows], *mean_bounds(table, rows), table.successes[rows]


def _errors(_: Statistic, table: Table, rows: np.ndarray) -> tuple[np.ndarray, ...]:
    failures, requests = table.failures[rows], table.requests[rows]
    low, high = share_bounds(failures, requests)
    return 100 * failures / requests, 100 * low, 100 * high, requests


def _largest(_: Statistic, table: Table, rows: np.ndarray) -> tuple[np.ndarray, ...]:
    return table.maximum[rows], *largest_bounds(table, rows), table.successes[rows]


def _smallest(_: Statistic, table: Table, rows: np.ndarray) -> tuple[np.ndarray, ...]:
    """If some requests failed, the smallest time may be theirs; the median of all is the upper bound of the smallest
    success.
    """
    minimum, mixed = table.minimum[rows], table.mixed[rows]
    most = np.where(2 * mixed < table.timed[rows], table.column(0.5)[rows], table.maximum[rows])
    return minimum, minimum, np.where(mixed > 0, most, minimum), table.successes[rows]


def _throughput(_: Statistic, table: Table, rows: np.ndarray) -> tuple[np.ndarray, ...]:
    """Locust's Requests/s includes failures: they are subtracted."""
    share = table.successes[rows] / table.requests[rows]
    value = table.rate[rows] * share
    return value, value, value, table.successes[rows]


def _requests(_: Statistic, table: Table, rows: np.ndarray) -> tuple[np.ndarray, ...]:
    value = table.successes[rows]
    return value, value, value, value


FAMILIES = {
    "quantile": _quantile,
    "mean": _mean,
    "errors": _errors,
    "extreme": _largest,
    "least": _smallest,
    "throughput": _throughput,
    "requests": _requests,
}
