"""Which requirement bounds an operation, and which requirements define "in target".

Goodput, recovery, outages, drift, the knee and the capacity all use this module. It decides by the statistic's family
and level, never by its name, so that any percentile works.
"""

from __future__ import annotations

from collections.abc import Iterable

from reznet_load.core.measured.statistic import statistic_of
from reznet_load.core.nfr import Nfr, Requirements

LATENCY = ("quantile", "mean", "extreme")  # families of statistics of times


def is_latency(nfr: Nfr) -> bool:
    """Is it a requirement on a time?"""
    return statistic_of(nfr.statistic).family in LATENCY and nfr.limit.unit == "ms" and nfr.limit.below


def bounding(requirements: Requirements, keys: Iterable[str]) -> dict[str, Nfr]:
    """Row key -> the requirement that bounds each of its operations: the one with the highest quantile; a maximum
    counts as 1.

    A mean does not bound a single operation.
    """
    found = [nfr for nfr in requirements.nfrs if is_latency(nfr) and statistic_of(nfr.statistic).level]
    found.sort(key=lambda nfr: statistic_of(nfr.statistic).level)
    return {key: nfr for key in sorted(keys) for nfr in found if nfr.matches(key)}


def in_target(requirements: Requirements) -> list[Nfr]:
    """The required latencies and error rates, all of which must hold for a deployment to be "in target"; the strictest
    first.
    """
    families = ((nfr, statistic_of(nfr.statistic).family) for nfr in requirements.nfrs if nfr.required)
    found = [nfr for nfr, family in families if family == "errors" or is_latency(nfr)]
    return sorted(found, key=lambda nfr: -statistic_of(nfr.statistic).level)
