"""Which figures of which rows a duel compares for each requirement, and why some requirements have none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reznet_load.core.measured import statistic
from reznet_load.core.measured.named_row import GAUGE
from reznet_load.core.nfr import Nfr
from reznet_load.core.profile import Phase
from reznet_load.core.rows import is_of_provider
from reznet_load.core.settings.settings import PROVIDERS
from reznet_load.verdict.samples import Series

LATENCY, FAILED, SHARE = "latency", "failed", "share"
_OF_TIMES = (statistic.QUANTILE, statistic.MEAN, statistic.LARGEST, statistic.LEAST)
NO_FIGURE = "a duel compares latencies, error rates and shares"


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of one row.

    what      LATENCY: the geometric mean of its times; FAILED: the share of its operations that failed; SHARE: the mean
              of its values in percent
    inverted  more is better (a hit rate): its complement is compared, so that a positive change is always worse
    """

    row: str
    what: str
    inverted: bool = False

    @property
    def name(self) -> str:
        """The name of the figure, unique in a duel."""
        return f"failures of {self.row}" if self.what == FAILED else self.row


def figures(nfr: Nfr, sides: tuple[Mapping[str, Series], Mapping[str, Series]], phase: Phase) -> tuple[Figure, ...]:
    """The figures of `nfr` that either side measured; () if there are none, or the requirement cannot be compared.

    A provider that is asked directly belongs to neither side. Failures are compared only for rows that had some on
    either side.
    """
    keys = sorted({key for side in sides for key in side if nfr.matches(key) and not _of_provider(key)})
    found = []
    for key in keys:
        parts = [side[key].within(phase) for side in sides if key in side]
        if not any(len(part) for part in parts):
            continue
        what = _what(nfr, key, parts[0].unit)
        if what == FAILED and not any(part.failed.any() for part in parts):
            continue
        if what:
            found.append(Figure(key, what, inverted=what == SHARE and not nfr.limit.below))
    return tuple(found)


def _of_provider(key: str) -> bool:
    return any(is_of_provider(key, name) for name in PROVIDERS)


def _what(nfr: Nfr, key: str, unit: str) -> str:
    """What to compare of a row. Gauges are not compared: they are values at moments, not operations."""
    family = statistic.statistic_of(nfr.statistic).family
    if family == statistic.ERRORS:
        return FAILED
    if key.startswith(f"{GAUGE} "):
        return ""
    if unit == "ms" and family in _OF_TIMES:
        return LATENCY
    return SHARE if unit == "%" and family == statistic.SHARE else ""
