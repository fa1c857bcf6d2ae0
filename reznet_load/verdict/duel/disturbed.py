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
    """Spans in which a process of the generator stood still, by the index of the process (`Series.worker`).

    spans    shape (2, n): begins and ends, ascending and apart, in seconds since the epoch
    """

    spans: dict[int, np.ndarray]

    def strikes(self, start: np.ndarray, worker: np.ndarray, seconds: float) -> np.ndarray:
        """Which operations of `worker` that began at `start` were under way in a span, if each took `seconds`.

        By the row's own median, never by how long the operation took: else the slower side would lose more.
        """
        struck = np.zeros(len(start), bool)
        for process, (begins, ends) in self.spans.items():
            at = np.searchsorted(ends, start, side="right")  # the first span that ends after it began
            struck |= (worker == process) & (np.append(begins, np.inf)[at] <= start + seconds)
        return struck


def stood_still(sides: tuple[Mapping[str, Series], Mapping[str, Series]], phase: Phase) -> StoodStill:
    """The spans within `phase` in which a loop was late by more than LAG_LIMIT, as the watch of either side saw it."""
    found: dict[int, list[tuple[float, float]]] = {}
    for side in sides:
        if (lag := side.get(LOOP_LAG.key)) is None:
            continue
        part = lag.within(phase)
        late = part.value > LAG_LIMIT
        begins = part.start[late] - part.value[late] / 1000 - _TICK_SECONDS
        for process, begin, end in zip(part.worker[late], begins, part.start[late], strict=True):
            found.setdefault(int(process), []).append((float(begin), float(end)))
    return StoodStill({process: _apart(spans) for process, spans in found.items()})


def _apart(spans: list[tuple[float, float]]) -> np.ndarray:
    """Spans that meet or overlap become one."""
    made: list[list[float]] = []
    for begin, end in sorted(spans):
        if made and begin <= made[-1][1]:
            made[-1][1] = max(made[-1][1], end)
        else:
            made.append([begin, end])
    return np.array(made, float).T
