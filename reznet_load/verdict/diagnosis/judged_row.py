"""A row at its judged statistic: the samples around it, and the values of other rows for the very same operations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reznet_load.core.measured.statistic import statistic_of
from reznet_load.core.profile import Phase
from reznet_load.core.rows import PING
from reznet_load.verdict.diagnosis.evidence import Evidence

_AROUND = 0.025  # share of the samples on each side of a quantile: p95 is what 92.5 to 97.5 % took
_FEWEST = 5


@dataclass(frozen=True, slots=True)
class JudgedRow:
    """A row at its judged statistic: the samples around it, their mean, and the quantile level (None: the mean).

    `wait`: the part to which a ping's time beyond the shortest is assigned.
    """

    evidence: Evidence
    phase: Phase
    key: str
    level: float | None
    start: np.ndarray
    value: float
    wait: str

    def same(self, key: str) -> float | None:
        """The mean of another row over the very same operations, matched by their start; None if it has none."""
        other = self.evidence.within(key, self.phase)
        if other is None:
            return None
        place = np.minimum(np.searchsorted(other.start, self.start), len(other) - 1)
        found = other.value[place][(other.start[place] == self.start) & other.ok[place]].astype(float)
        found = found[~np.isnan(found)]
        return float(found.mean()) if len(found) else None

    def of(self, key: str) -> float | None:
        """The same statistic of another row."""
        values = self.evidence.timed(key, self.phase)
        if not len(values):
            return None
        return float(values.mean() if self.level is None else np.quantile(values, self.level, method="inverted_cdf"))

    def least(self, key: str) -> float | None:
        """The minimum of another row."""
        values = self.evidence.timed(key, self.phase)
        return float(values.min()) if len(values) else None

    @property
    def waiting(self) -> float:
        """How long a ping waited, beyond the shortest."""
        ping, least = self.of(PING.key), self.least(PING.key)
        return 0.0 if ping is None or least is None else ping - least


def judged(evidence: Evidence, key: str, statistic: str, phase: Phase, wait: str) -> JudgedRow | None:
    """The judged row; None if too little was timed to say anything."""
    part = evidence.within(key, phase)
    kept = None if part is None else part.ok & ~np.isnan(part.value)
    if part is None or kept is None or kept.sum() < _FEWEST:
        return None
    value, start = part.value[kept].astype(float), part.start[kept]
    level = statistic_of(statistic).level if statistic_of(statistic).family == "quantile" else None
    if level is not None:
        order = np.argsort(value, kind="stable")
        middle, width = level * len(order), max(_AROUND * len(order), _FEWEST / 2)
        low = int(min(max(middle - width, 0), len(order) - _FEWEST))
        chosen = order[low : int(np.ceil(middle + width))]
        value, start = value[chosen], start[chosen]
    return JudgedRow(evidence, phase, key, level, start, float(value.mean()), wait)
