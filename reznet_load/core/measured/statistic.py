"""What an NFR may be judged on: any percentile, mean, minimum and maximum, shares, error rate, throughput.

One table has all that the code needs to know of a statistic: the rule (`family`), the order in which requirements bound
an operation, the fewest samples, and the words. No other module has a list of statistics.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import lru_cache

QUANTILE, MEAN, SHARE, ERRORS, CONNECTED = "quantile", "mean", "share", "errors", "connected"
LARGEST, LEAST, THROUGHPUT, REQUESTS = "extreme", "least", "throughput", "requests"
FORM = "a percentile (p50, p95, p99.9), mean, min, max, share, error_rate, connected, throughput or requests"
_PERCENTILE = re.compile(r"p(\d{1,2}(?:\.\d{1,4})?)")
# What an interval of ten blocks of time counts of independent samples: (z / t)² = (1.645 / 1.833)², the 95 % quantiles of the
# normal and of Student's distribution with nine degrees of freedom (verdict/intervals.py).
_INDEPENDENT = 0.805


@dataclass(frozen=True, slots=True)
class Statistic:
    """A statistic that an NFR may be judged on.

    name      as nfr.toml writes it
    family    which rule judges it: QUANTILE, MEAN, SHARE, ERRORS, CONNECTED, LARGEST, LEAST, THROUGHPUT, REQUESTS
    label     how the document writes it
    level     of a quantile, the share (0..1) of samples at or below it; 0 for the minimum, 1 for the maximum
    floor     fewest samples that can pass; with fewer the answer is Warning
    """

    name: str
    family: str
    label: str
    level: float = 0.0
    floor: int = 1

    @property
    def needs_successes(self) -> bool:
        """Is it computed from values that only successes have?"""
        return self.family in (QUANTILE, MEAN, LARGEST, LEAST)


def floor_of(level: float) -> int:
    """The fewest samples with which a quantile of `level` (0 < level < 1) can pass: with none above the limit, that
    many prove it.
    """
    return math.ceil(math.log(0.05) / math.log(level) / _INDEPENDENT)


_NAMED = {
    "mean": Statistic("mean", MEAN, "mean", floor=30),
    "min": Statistic("min", LEAST, "smallest"),
    "max": Statistic("max", LARGEST, "largest", 1.0),
    "share": Statistic("share", SHARE, "share", floor=20),
    "error_rate": Statistic("error_rate", ERRORS, "error rate", floor=59),
    "connected": Statistic("connected", CONNECTED, "fewest in a second"),
    # Both count successes only, like all others.
    "throughput": Statistic("throughput", THROUGHPUT, "throughput"),
    "requests": Statistic("requests", REQUESTS, "requests"),
}


@lru_cache(maxsize=256)
def statistic_of(name: str) -> Statistic:
    """The Statistic of that name. Raises KeyError with the right form if there is none."""
    if name in _NAMED:
        return _NAMED[name]
    found = _PERCENTILE.fullmatch(name)
    level = round(float(found[1]) / 100, 6) if found else 0.0
    if not 0 < level < 1:
        raise KeyError(f"{name!r}, expected {FORM}")
    return Statistic(name, QUANTILE, "median" if level == 0.5 else name, level, floor_of(level))


def is_statistic(name: str) -> bool:
    """Is there a statistic of that name?"""
    try:
        statistic_of(name)
    except KeyError:
        return False
    return True


# The statistics that every row has and that documents show, and those without a number in their name: for tables and
# tests.
COMMON = ("p50", "p95", "p99", *_NAMED)
