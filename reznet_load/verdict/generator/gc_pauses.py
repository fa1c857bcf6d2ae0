"""Full garbage collections of the generator: how long each took by itself, and how long it had no core.

A collection in which other programs held the cores is long by the clock, whatever the generator keeps in memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from reznet_load.core.profile import Phase
from reznet_load.core.rows import GC_PAUSE, GC_WAITED
from reznet_load.core.units import format_value
from reznet_load.verdict.samples import Series


def own_times(series: dict[str, Series]) -> Series:
    """The pauses, each without the time in which it had no core; whole if that time was not measured."""
    pauses = series[GC_PAUSE.key]
    return replace(pauses, value=np.maximum(pauses.value - _waits(series), 0.0))


def waiting_pause(series: dict[str, Series], phases: Sequence[Phase], over: float) -> str:
    """What to say of the longest pause by the clock in `phases`: how long it took, and how long it had no core.

    Empty if it took at most `over` ms, or if less than a tenth of it was waiting.
    """
    pauses, waits = series[GC_PAUSE.key], _waits(series)
    inside = np.zeros(len(pauses), bool)
    for phase in phases:
        inside |= (pauses.start >= phase.start) & (pauses.start < phase.end)
    took, waited = pauses.value[inside], waits[inside]
    place = int(np.argmax(took)) if len(took) else -1
    if place < 0 or took[place] <= over or waited[place] < _WORTH_SAYING * took[place]:
        return ""
    total, part = (format_value(float(one[place]), "ms") for one in (took, waited))
    return f" It took {total}; for {part} of these the process had no core."


_WORTH_SAYING = 0.1


def _waits(series: dict[str, Series]) -> np.ndarray:
    """For each pause the ms without a core. The same process recorded both for the same moment."""
    pauses, waited = series[GC_PAUSE.key], series.get(GC_WAITED.key)
    if waited is None:
        return np.zeros(len(pauses))
    known = dict(zip(zip(waited.worker, waited.start, strict=True), waited.value, strict=True))
    return np.array([known.get(key, 0.0) for key in zip(pauses.worker, pauses.start, strict=True)], float)
