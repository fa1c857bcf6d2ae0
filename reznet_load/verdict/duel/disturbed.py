"""When the generator stood still: what either side started then is left out on both sides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from reznet_load.core.profile import Phase
from reznet_load.core.rows import LOOP_LAG
from reznet_load.verdict.samples import Series

# ms; a lag hits both sides alike, and below this the pair of blocks takes it out. The same 100 ms whose seconds count as
# stalls of a run (verdict/cautions.py).
LAG_LIMIT = 100.0
_TICK_SECONDS = 0.05  # of the timer whose lag is measured


@dataclass(frozen=True, slots=True)
class StoodStill:
    """Spans of time, shape (n,) each, ascending and apart, in seconds since the epoch."""

    begins: np.ndarray
    ends: np.ndarray

    def strikes(self, start: np.ndarray, seconds: float) -> np.ndarray:
        """Which operations that began at `start` were under way in a span, if each took `seconds`.

        By the row's own median, never by how long the operation took: else the slower side would lose more.
        """
        if not len(self.begins):
            return np.zeros(len(start), bool)
        at = np.searchsorted(self.ends, start, side="right")  # the first span that ends after it began
        found = np.append(self.begins, np.inf)[at]
        return found <= start + seconds


def standstill(sides: tuple[Mapping[str, Series], Mapping[str, Series]], phase: Phase) -> StoodStill:
    """The spans within `phase` in which the loop of either side's watch was late by more than LAG_LIMIT."""
    spans: list[tuple[float, float]] = []
    for side in sides:
        if (lag := side.get(LOOP_LAG.key)) is None:
            continue
        part = lag.within(phase)
        late = part.value > LAG_LIMIT
        spans += list(zip(part.start[late] - part.value[late] / 1000 - _TICK_SECONDS, part.start[late], strict=True))
    begins: list[float] = []
    ends: list[float] = []
    for begin, end in sorted(spans):
        if ends and begin <= ends[-1]:
            ends[-1] = max(ends[-1], end)
        else:
            begins.append(begin)
            ends.append(end)
    return StoodStill(np.array(begins, float), np.array(ends, float))
