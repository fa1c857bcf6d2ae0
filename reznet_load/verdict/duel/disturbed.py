"""Times when the generator stood still: operations that either side started then are left out on both sides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from reznet_load.core.profile import Phase
from reznet_load.core.rows import LOOP_LAG
from reznet_load.verdict.samples import Series

# ms; a lag affects both sides equally, and a smaller one cancels within the pair of blocks. A second with this lag
# counts as a stall of a run (verdict/cautions.py).
LAG_LIMIT = 100.0
_TICK_SECONDS = 0.05  # interval of the timer whose lag is measured


@dataclass(frozen=True, slots=True)
class StoodStill:
    """Spans in which a process of the generator stood still, by the index of the process (`Series.worker`).

    spans    shape (2, n): begins and ends, ascending and disjoint, in seconds since the epoch
    """

    spans: dict[int, np.ndarray]

    def strikes(self, start: np.ndarray, worker: np.ndarray, seconds: float) -> np.ndarray:
        """Which operations of `worker` that began at `start` overlap a span, if each took `seconds`.

        `seconds` is the row's median, never the operation's own duration: else the slower side would lose more
        operations.
        """
        struck = np.zeros(len(start), bool)
        for process, (begins, ends) in self.spans.items():
            at = np.searchsorted(ends, start, side="right")  # the first span that ends after the operation began
            struck |= (worker == process) & (np.append(begins, np.inf)[at] <= start + seconds)
        return struck


def stood_still(sides: tuple[Mapping[str, Series], Mapping[str, Series]], phase: Phase) -> StoodStill:
    """The spans within `phase` in which a loop was late by more than LAG_LIMIT, as measured on either side."""
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
    """Merge spans that touch or overlap."""
    made: list[list[float]] = []
    for begin, end in sorted(spans):
        if made and begin <= made[-1][1]:
            made[-1][1] = max(made[-1][1], end)
        else:
            made.append([begin, end])
    return np.array(made, float).T
