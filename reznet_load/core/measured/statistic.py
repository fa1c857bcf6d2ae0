"""What an NFR may be judged on: any percentile, mean, least and largest, shares, error rate, throughput.

One table decides for every consumer: the rule (`family`), the order in which requirements bound an operation, the fewest
samples, and the words. A consumer that needs to know more asks here, and has no list of statistics of its own.
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
    """What an NFR may be judged on.

    name      as nfr.toml writes it
    family    which rule judges it: QUANTILE, MEAN, SHARE, ERRORS, CONNECTED, EXTREME, THROUGHPUT
    label     how the document writes it
    level     share of the samples at or below it, 0..1: of a quantile, 0 of the smallest, 1 of the largest
    floor     fewest samples that can pass, below it the answer is Warning
    """

    name: str
    family: str
    label: str
    level: float = 0.0
    floor: int = 1

    @property
    def needs_successes(self) -> bool:
        """Is it of values that only successes have?"""
        return self.family in (QUANTILE, MEAN, LARGEST, LEAST)


def floor_of(level: float) -> int:
    """The fewest samples at which a quantile of `level` (0 < level < 1) can pass: no exceedance in so many proves it."""
    return math.ceil(math.log(0.05) / math.log(level) / _INDEPENDENT)


_NAMED = {
    "mean": Statistic("mean", MEAN, "mean", floor=30),
    "min": Statistic("min", LEAST, "smallest"),
    "max": Statistic("max", LARGEST, "largest", 1.0),
    "share": Statistic("share", SHARE, "share", floor=20),
    "error_rate": Statistic("error_rate", ERRORS, "error rate", floor=59),
    "connected": Statistic("connected", CONNECTED, "fewest in a second"),
    # Both of successes only, as everywhere.
    "throughput": Statistic("throughput", THROUGHPUT, "throughput"),
    "requests": Statistic("requests", REQUESTS, "requests"),
}


@lru_cache(maxsize=256)
def statistic_of(name: str) -> Statistic:
    """The Statistic of that name. Raises KeyError with the right form for one that there is not."""
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


# The ones that every row has and that documents show, and those without a number in their name: for tables and tests.
COMMON = ("p50", "p95", "p99", *_NAMED)
