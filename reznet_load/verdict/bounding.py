"""Which requirement bounds an operation, and which say that a deployment is in target: the one answer for goodput, recovery,
outages, drift, the knee and the capacity. It goes by what a statistic is, never by its name: any percentile counts.
"""

from __future__ import annotations

from collections.abc import Iterable

from reznet_load.core.measured.statistic import statistic_of
from reznet_load.core.nfr import Nfr, Requirements

LATENCY = ("quantile", "mean", "extreme")  # families of statistics of a time


def is_latency(nfr: Nfr) -> bool:
    """Does it ask for short times?"""
    return statistic_of(nfr.statistic).family in LATENCY and nfr.limit.unit == "ms" and nfr.limit.below


def bounding(requirements: Requirements, keys: Iterable[str]) -> dict[str, Nfr]:
    """Row key -> the requirement that bounds each of its operations, by key: the highest quantile of the row, 1 for a largest.

    Means bound no single operation.
    """
    found = [nfr for nfr in requirements.nfrs if is_latency(nfr) and statistic_of(nfr.statistic).level]
    found.sort(key=lambda nfr: statistic_of(nfr.statistic).level)
    return {key: nfr for key in sorted(keys) for nfr in found if nfr.matches(key)}


def in_target(requirements: Requirements) -> list[Nfr]:
    """The required latencies and error rates, which must all hold where a deployment is "in target"; the strictest first."""
    families = ((nfr, statistic_of(nfr.statistic).family) for nfr in requirements.nfrs if nfr.required)
    found = [nfr for nfr, family in families if family == "errors" or is_latency(nfr)]
    return sorted(found, key=lambda nfr: -statistic_of(nfr.statistic).level)
