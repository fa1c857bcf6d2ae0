"""The time of a run: seconds since the epoch that never step, from one anchor for all its processes on a machine.

`now` is the wall clock at the anchor plus the CLOCK_MONOTONIC time since. The wall clock itself is used only for names:
NTP, an administrator or a suspended VM may set it at any moment. Cost: 0.2 µs per call.
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ENVIRONMENT = "REZNET_LOAD_CLOCK"  # the anchor, inherited by every process that a run starts
STEP_SECONDS = 0.05  # a wall clock that moved further against the monotonic clock was set, not slewed
_PAIR_SECONDS = 0.001  # two monotonic readings this close together bound the time of the wall reading between them
_MOST_READINGS = 20  # on a busy machine; then the next call tries again


def monotonic() -> float:
    """Seconds of CLOCK_MONOTONIC: one clock for all processes of a machine."""
    return time.clock_gettime(time.CLOCK_MONOTONIC)


def machine_clock() -> str:
    """Identifies one CLOCK_MONOTONIC: the boot, and the time namespace of a container."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        boot = platform.node()
    try:
        return f"{boot} {Path('/proc/self/ns/time').readlink()}"
    except OSError:
        return boot


@dataclass(frozen=True, slots=True)
class Anchor:
    """`wall` (s since the epoch) and `monotonic` (s) read at the same moment, on the clock identified by `machine`."""

    machine: str
    wall: float
    monotonic: float

    def now(self) -> float:
        """Seconds since the epoch, counted from the anchor."""
        return self.wall + (monotonic() - self.monotonic)


def _read(text: str | None) -> Anchor | None:
    """The anchor in the variable ENVIRONMENT; None if it is of another machine or boot."""
    wall, _, rest = (text or "").partition(" ")
    counted, _, machine = rest.partition(" ")
    try:
        anchor = Anchor(machine, float(wall), float(counted))
    except ValueError:
        return None
    return anchor if machine == machine_clock() else None


def _anchored() -> Anchor:
    found = _read(os.environ.get(ENVIRONMENT)) or Anchor(machine_clock(), time.time(), monotonic())
    os.environ[ENVIRONMENT] = f"{found.wall!r} {found.monotonic!r} {found.machine}"
    return found


_ANCHOR = _anchored()
now = _ANCHOR.now


def anchor_data() -> dict[str, Any]:
    """The anchor of this process, for `run.json`."""
    return asdict(_ANCHOR)


def now_of(data: Mapping[str, Any]) -> float:
    """The current time of a run with the anchor `data`; the wall clock if that run was on another machine or boot."""
    try:
        anchor = Anchor(str(data["machine"]), float(data["wall"]), float(data["monotonic"]))
    except (KeyError, TypeError, ValueError):
        return time.time()
    return anchor.now() if anchor.machine == machine_clock() else time.time()


class StepWatch:
    """Detects steps of the wall clock. Call `look` now and then; 2 µs."""

    def __init__(self, wall: Callable[[], float] = time.time, counted: Callable[[], float] = monotonic) -> None:
        self._wall = wall
        self._counted = counted
        self._ahead = self._read()

    def look(self) -> float:
        """Seconds by which the wall clock stepped since the last detected step; 0.0 below STEP_SECONDS."""
        ahead = self._read()
        if ahead is None or self._ahead is None:
            self._ahead = self._ahead if ahead is None else ahead
            return 0.0
        step = ahead - self._ahead
        if abs(step) <= STEP_SECONDS:
            return 0.0
        self._ahead = ahead
        return step

    def _read(self) -> float | None:
        """Seconds that the wall clock is ahead of the monotonic clock; None if every reading was interrupted."""
        for _ in range(_MOST_READINGS):
            before = self._counted()
            wall = self._wall()
            after = self._counted()
            if after - before < _PAIR_SECONDS:
                return wall - (before + after) / 2
        return None
