"""Goodput: operations per second that succeeded within their own limit, row by row and phase by phase.

An operation's limit is that of the highest quantile required of its row (p95 < 1 s: every call should take less);
medians and means do not bound single operations. A reply's first token and gaps are parts of its turn.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from reznet_load.core.nfr import Nfr, Requirements
from reznet_load.core.profile import Phase
from reznet_load.core.rows import named
from reznet_load.verdict.bounding import bounding
from reznet_load.verdict.intervals import BLOCKS, student
from reznet_load.verdict.samples import Series


@dataclass(frozen=True, slots=True)
class Rate:
    """Operations per second, with the standard error from ten blocks of the phase's time; `n`: number of operations."""

    value: float
    error: float
    n: int


def limits(requirements: Requirements, series: dict[str, Series]) -> dict[str, Nfr]:
    """Row key -> the requirement that bounds each of its operations; rows of users only."""
    return bounding(requirements, of_users(series))


def of_users(series: dict[str, Series]) -> list[str]:
    """The rows of users' operations."""
    return [key for key in series if named(key).is_operation]


def good(part: Series, limit: float) -> np.ndarray:
    """Which operations of `part` succeeded below `limit` ms."""
    return part.ok & ~np.isnan(part.value) & (part.value < limit)


def rate(start: np.ndarray, phase: Phase) -> Rate:
    """The rate of operations that started at `start` within `phase`."""
    if phase.seconds <= 0:
        return Rate(0.0, math.inf, 0)
    place = np.clip(((start - phase.start) / phase.seconds * BLOCKS).astype(int), 0, BLOCKS - 1)
    each = np.bincount(place, minlength=BLOCKS) / (phase.seconds / BLOCKS)
    return Rate(len(start) / phase.seconds, float(each.std(ddof=1)) / math.sqrt(BLOCKS), len(start))


def goodput(series: Series, limit: float, phase: Phase) -> Rate:
    """The goodput of one row."""
    part = series.within(phase)
    return rate(part.start[good(part, limit)], phase)


def bounds(seen: Rate) -> tuple[float, float]:
    """Two-sided 90 % bounds of a rate, Student t over ten blocks."""
    reach = _T * seen.error
    return max(0.0, seen.value - reach), seen.value + reach


def ratio(above: Rate, below: Rate) -> tuple[float, float, float]:
    """(above / below, low, high): two-sided 90 % bounds by the delta method on the logarithm; `below` is not zero."""
    if not above.value:
        return 0.0, 0.0, min(1.0, 3.0 / max(below.n, 1))  # the rule of three for 0 of n
    error = math.hypot(above.error / above.value, below.error / below.value)
    value = above.value / below.value
    return value, value * math.exp(-_T * error), value * math.exp(_T * error)


_T = student(BLOCKS - 1)
