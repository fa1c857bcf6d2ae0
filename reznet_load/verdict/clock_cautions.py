"""Clocks that were set, or drifted apart, during a run: no data are lost, but the reader must know."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from reznet_load.core.rows import CLOCK_STEP
from reznet_load.core.run import Caution, RunInfo
from reznet_load.core.system.clock import STEP_SECONDS
from reznet_load.core.units import format_duration
from reznet_load.verdict.samples import Series

_SAME_SECONDS = 2.0  # processes check once a second: they see one step of their machine within this time
_SHOWN = 3


def clock_cautions(info: RunInfo, series: dict[str, Series]) -> Iterator[Caution]:
    """Steps of the wall clock with their sizes, and workers whose clocks diverged from the master's; never void."""
    if steps := _steps(series.get(CLOCK_STEP.key)):
        origin = steps[0][0] if info.origin is None else info.origin
        shown = [f"{_signed(size)} {_at(at - origin)}" for at, size in steps[:_SHOWN]]
        more = f" and {len(steps) - _SHOWN} more times" if len(steps) > _SHOWN else ""
        yield Caution(
            "clock_step",
            f"The wall clock was set during the run: {', '.join(shown)}{more}. Times of the run, and Requests/s in Locust's CSVs, "
            "are counted by the monotonic clock and are not affected.",
            "When you join the run with logs of other programs, add the step to their times; look at NTP, or at what suspends "
            "the machine.",
        )
    for worker, moved in _moved(info):
        yield Caution(
            f"clock_moved_{worker}",
            f"The clock of worker {worker} moved by {_signed(moved)} against the master's between two readings: starts of its "
            "samples may be off by as much.",
            "A machine that is suspended stops its clock: give the worker a machine of its own, and repeat the run.",
        )


def _steps(seen: Series | None) -> list[tuple[float, float]]:
    """(when, size), both in s; one step that several processes saw is one."""
    found: list[tuple[float, float]] = []
    for at, size in zip(seen.start, seen.value / 1000, strict=True) if seen is not None else ():
        if not any(at - t < _SAME_SECONDS and abs(size - s) < STEP_SECONDS for t, s in found):
            found.append((float(at), float(size)))
    return found


def _moved(info: RunInfo) -> Iterator[tuple[str, float]]:
    """(worker, s) of the largest change between two neighbouring readings, if it is too fast for drift."""
    for worker, readings in sorted(info.clock_readings.items()):
        ahead = np.array([reading[1] for reading in readings], dtype=float)
        if len(ahead) > 1:
            moves = np.diff(ahead)
            moved = float(moves[np.argmax(np.abs(moves))])
            if abs(moved) > STEP_SECONDS:
                yield worker, moved


def _signed(seconds: float) -> str:
    return ("+" if seconds >= 0 else "−") + format_duration(abs(seconds))


def _at(seconds: float) -> str:
    if seconds < 0:
        return "before the first user"
    return f"{format_duration(seconds)} after the first user came" if seconds >= 1 else "as the first users came"
