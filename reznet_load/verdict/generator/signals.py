"""What the generator's processes measure of themselves, compared with two thresholds each.

Every threshold is in one table with its reason. Tmin is the smallest limit on what users time, 100 ms here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from reznet_load.core.profile import Phase
from reznet_load.core.rows import (
    ARRIVAL_MISSED,
    CALIBRATION_ERROR,
    GC_PAUSE,
    GENERATOR_CPU,
    LATE_START,
    LOOP_LAG,
    OPEN_FILES,
    THROTTLED,
    WAITING_FOR_CORE,
)
from reznet_load.verdict.generator.core_waits import GENERATOR_WAITED
from reznet_load.verdict.generator.gc_pauses import own_times
from reznet_load.verdict.remedies import MUCH_WAITING
from reznet_load.verdict.samples import Series

TMIN = 100.0  # ms
WORKERS = "more workers"  # how many is computed from the run's CPU
_SECONDS_OF_MAX_LAG = 3  # an idle loop shows 10 ms; a single 100 ms pause per minute is no reason


@dataclass(frozen=True, slots=True)
class Signal:
    """A signal from one gauge of one process: `measure(values, seconds)` compared with two thresholds."""

    id: str
    gauge: str
    text: str
    measure: Callable[[np.ndarray, np.ndarray], float]
    warn: float
    void: float
    unit: str
    remedy: str


def _lag_p99(values: np.ndarray, _: np.ndarray) -> float:
    return float(np.quantile(values, 0.99, method="inverted_cdf"))


def _p95(values: np.ndarray, _: np.ndarray) -> float:
    return float(np.quantile(values, 0.95, method="inverted_cdf"))


def _mean(values: np.ndarray, _: np.ndarray) -> float:
    return float(values.mean())


def _largest(values: np.ndarray, _: np.ndarray) -> float:
    return float(values.max())


def _late_seconds(values: np.ndarray, seconds: np.ndarray) -> float:
    """Percent of seconds with a lag over Tmin; 0 if there are fewer than `_SECONDS_OF_MAX_LAG` of them."""
    late = len(np.unique(seconds[values > TMIN]))
    return 100 * late / max(len(np.unique(seconds)), 1) if late >= _SECONDS_OF_MAX_LAG else 0.0


# docs/measurement.md#void-runs (our judgement, scaled to Tmin). A run is void as a whole, never by row: calibration may
# add at most 20 % of a row's limit, and the smallest limit, Tmin, decides.
SIGNALS = (
    Signal("loop_lag", LOOP_LAG.key, "the generator's loop was late, p99", _lag_p99, 0.1 * TMIN, 0.5 * TMIN, "ms",
           WORKERS),
    Signal("loop_stalls", LOOP_LAG.key, "seconds in which the generator's loop stood over 100 ms", _late_seconds,
           0.5, 1.0, "%", WORKERS),
    Signal("calibration", CALIBRATION_ERROR.key, "what the generator adds to a known answer, p95", _p95, 0.1 * TMIN, 0.2 * TMIN,
           "ms", WORKERS),
    Signal("late_start", LATE_START.key, "users woke late for their own schedule, p99", _lag_p99, 0.1 * TMIN,
           0.5 * TMIN, "ms", WORKERS),
    Signal("late_arrivals", ARRIVAL_MISSED.key, "open arrivals started more than a second after their time", _mean, 1, 5,
           "%", WORKERS),
    Signal("generator_cpu", GENERATOR_CPU.key, "the generator's mean CPU", _mean, 60, 80, "%", WORKERS),
    Signal("throttled", THROTTLED.key, "the generator stood still for its container's CPU quota", _mean, MUCH_WAITING, 100, "%",
           WORKERS),
    Signal("waiting", WAITING_FOR_CORE.key, "the generator was ready to run and had no core", _mean, GENERATOR_WAITED, 100, "%",
           WORKERS),
    Signal("gc_pause", GC_PAUSE.key, "the longest garbage collection", _largest, 0.25 * TMIN, TMIN, "ms",
           "Something keeps many objects in the generator: look for lists that grow in your own user classes."),
    Signal("open_files", OPEN_FILES.key, "open files against their limit", _largest, 60, 90, "%",
           "Raise the limit before the run: ulimit -n 65536."),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reading:
    """The value of a signal: that of the generator's worst process in the worst phase, in the signal's unit."""

    signal: Signal
    value: float

    @property
    def level(self) -> str:
        """`ok`, `warn`, or `void`."""
        return "void" if self.value > self.signal.void else "warn" if self.value > self.signal.warn else "ok"


def readings(series: dict[str, Series], phases: list[Phase]) -> tuple[Reading, ...]:
    """Every signal that was measured, in the order of the table."""
    seen = series | {GC_PAUSE.key: own_times(series)} if GC_PAUSE.key in series else series
    return tuple(
        Reading(signal, max((_measured(signal, seen[signal.gauge], phase) for phase in phases), default=0.0))
        for signal in SIGNALS
        if signal.gauge in seen
    )


def _measured(signal: Signal, series: Series, phase: Phase) -> float:
    """The value of the worst process within `phase`."""
    part = series.within(phase)
    found = [0.0]
    for worker in np.unique(part.worker):
        mine = part.worker == worker
        values = part.value[mine]
        found.append(signal.measure(values, np.floor(part.start[mine]).astype(int)))
    return max(found)
