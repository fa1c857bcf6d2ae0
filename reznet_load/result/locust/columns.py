"""Locust's column names in all versions, and which of its files a heading belongs to."""

from __future__ import annotations

import re
from collections.abc import Sequence

# Our name -> Locust's names, newest first, in lower case.
KNOWN = {
    "type": ("type", "method"),
    "name": ("name",),
    "requests": ("request count", "# requests"),
    "failures": ("failure count", "# failures"),
    "mean": ("average response time",),
    "minimum": ("min response time",),
    "maximum": ("max response time",),
    "median": ("median response time",),
    "rate": ("requests/s",),
    "failed_rate": ("failures/s", "requests failed/s"),
    "size": ("average content size",),
}
# Totals of the run so far, in the history of Locust 1.x and later; earlier versions use the names above.
TOTALS = {key: tuple(f"total {name}" for name in names) for key, names in KNOWN.items() if key not in ("type", "name")}
_PERCENTILE = re.compile(r"(\d+(?:\.\d+)?) ?%|99\.999")  # Locust 0.13 and 0.14 forgot the % of one column

STATS, REQUESTS, DISTRIBUTION = "stats", "requests", "distribution"
HISTORY, FAILURES, EXCEPTIONS = "history", "failures", "exceptions"
ENDINGS = {
    STATS: "_stats.csv",
    REQUESTS: "_requests.csv",
    DISTRIBUTION: "_distribution.csv",
    HISTORY: "_stats_history.csv",
    FAILURES: "_failures.csv",
    EXCEPTIONS: "_exceptions.csv",
}


def level(heading: str) -> float | None:
    """The quantile level of a percentile column, 0 to 1: `95%` -> 0.95; None for any other column."""
    found = _PERCENTILE.fullmatch(heading.strip())
    if found is None:
        return None
    value = float(found[1] or 99.999) / 100
    return value if 0 < value <= 1 else None


def places(headings: Sequence[str], known: dict[str, tuple[str, ...]] = KNOWN) -> dict[str, int]:
    """Our name -> position, for the columns that exist."""
    lower = [heading.strip().casefold() for heading in headings]
    return {ours: lower.index(old) for ours, names in known.items() for old in names[::-1] if old in lower}


def kind_of(headings: Sequence[str]) -> str | None:
    """Which of Locust's files has these headings; None: none of them."""
    lower = {heading.strip().casefold() for heading in headings}
    has = places(headings)
    percentiles = any(level(heading) is not None for heading in headings)
    if "timestamp" in lower and "name" in has:
        return HISTORY
    if {"error", "occurrences"} <= lower or {"error", "occurences"} <= lower:
        return FAILURES
    if {"count", "message", "traceback"} <= lower:
        return EXCEPTIONS
    if not {"name", "requests"} <= set(has):
        return None
    if "failures" not in has:
        return DISTRIBUTION if percentiles and "type" not in has else None
    return REQUESTS if "method" in lower and not percentiles else STATS
