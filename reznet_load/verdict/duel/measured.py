"""Both sides of each figure: its pairs of blocks, and each side's own values, for information."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from reznet_load.core.profile import Phase
from reznet_load.verdict.duel.disturbed import StoodStill
from reznet_load.verdict.duel.figures import FAILED, LATENCY, SHARE, Figure
from reznet_load.verdict.duel.pairs import PairedRow, paired
from reznet_load.verdict.samples import Series

Sides = tuple[Mapping[str, Series], Mapping[str, Series]]


@dataclass(frozen=True, slots=True)
class OneSide:
    """What one side measured of a figure.

    n           operations
    dropped     further operations, left out because the generator stood still
    mean        geometric mean in ms (latencies), or mean in percent (shares); None if there are no operations
    p50, p95    in ms, only of latencies, for information
    """

    n: int
    dropped: int
    mean: float | None
    p50: float | None = None
    p95: float | None = None


@dataclass(frozen=True, slots=True)
class MeasuredFigure:
    """What both sides measured of a figure."""

    figure: Figure
    row: PairedRow
    a: OneSide
    b: OneSide

    @property
    def of_one_side(self) -> str:
        """`A` or `B` if only that side gave values; empty if both did."""
        if self.a.n and self.b.n:
            return ""
        return "A" if self.a.n else "B"

    @property
    def pairs(self) -> int:
        """Blocks in which both sides have operations."""
        return len(self.row.differences)


def measure(figure: Figure, sides: Sides, phase: Phase, stood_still: StoodStill) -> MeasuredFigure:
    """What both sides measured of `figure` within `phase`, without operations that overlap a stall of the generator."""
    found = [_values(figure, side, phase) for side in sides]
    seconds = _median_seconds(figure, found)
    struck = [stood_still.strikes(one.start, one.worker, seconds) for one in found]
    a, b = (_Values(one.start[~out], one.value[~out], one.worker[~out]) for one, out in zip(found, struck, strict=True))
    row = paired(
        figure.name, (a.start, b.start), (a.value, b.value), phase.start, phase.seconds, figure.what == LATENCY
    )
    about = [_one_side(figure, one.value, int(out.sum())) for one, out in zip((a, b), struck, strict=True)]
    return MeasuredFigure(figure, row, about[0], about[1])


@dataclass(frozen=True, slots=True)
class _Values:
    """The values of one side, each of shape (n,).

    start     seconds since the epoch
    value     ms, or shares from 0 to 1 (1 is bad)
    worker    index of the process
    """

    start: np.ndarray
    value: np.ndarray
    worker: np.ndarray


def _values(figure: Figure, side: Mapping[str, Series], phase: Phase) -> _Values:
    if figure.row not in side:
        return _Values(np.empty(0), np.empty(0), np.empty(0))
    part = side[figure.row].within(phase)
    if figure.what == FAILED:
        used, value = part.ok | part.failed, part.failed.astype(float)
    else:
        used, value = part.valued, part.value.astype(float)
    if figure.what == SHARE:
        value = (100 - value) / 100 if figure.inverted else value / 100
    return _Values(part.start[used], value[used], part.worker[used])


def _median_seconds(figure: Figure, found: list[_Values]) -> float:
    """The median duration of an operation, over both sides; 0 if it is not known."""
    values = np.concatenate([one.value for one in found])
    return float(np.median(values)) / 1000 if figure.what == LATENCY and len(values) else 0.0


def _one_side(figure: Figure, value: np.ndarray, dropped: int) -> OneSide:
    if not len(value):
        return OneSide(0, dropped, None)
    if figure.what != LATENCY:
        mean = 100 * float(value.mean())
        return OneSide(len(value), dropped, 100 - mean if figure.inverted else mean)
    p50, p95 = np.quantile(value, [0.5, 0.95], method="inverted_cdf")
    mean = float(np.exp(np.log(np.maximum(value, 1e-3)).mean()))
    return OneSide(len(value), dropped, mean, float(p50), float(p95))
