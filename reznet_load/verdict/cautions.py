"""Reasons to distrust a run, as data with a remedy; those about the generator can void the run.

Every threshold is in one table with its reason. Tmin is the smallest limit on what users time, 100 ms here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from reznet_load.core.deployment import UNVERIFIED
from reznet_load.core.failed.failure_kinds import FailureKind, kind_of
from reznet_load.core.profile import Phase
from reznet_load.core.rows import (
    ARRIVAL_MISSED,
    CALIBRATION_ERROR,
    GC_PAUSE,
    GENERATOR_CPU,
    LATE_START,
    LOOP_LAG,
    OPEN_FILES,
    RUNNING_USERS,
    THROTTLED,
)
from reznet_load.core.run import SUITE, Caution, RunInfo
from reznet_load.core.units import format_value
from reznet_load.verdict.clock_cautions import clock_cautions
from reznet_load.verdict.connected import per_second
from reznet_load.verdict.remedies import MUCH_WAITING, SHORT_SECONDS, longer, of_late_generator
from reznet_load.verdict.samples import Series
from reznet_load.verdict.silent_seconds import standstills

TMIN = 100.0  # ms
_WORKERS = "more workers"  # how many is computed from the run's CPU
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
           _WORKERS),
    Signal("loop_stalls", LOOP_LAG.key, "seconds in which the generator's loop stood over 100 ms", _late_seconds,
           0.5, 1.0, "%", _WORKERS),
    Signal("calibration", CALIBRATION_ERROR.key, "what the generator adds to a known answer, p95", _p95, 0.1 * TMIN, 0.2 * TMIN,
           "ms", _WORKERS),
    Signal("late_start", LATE_START.key, "users woke late for their own schedule, p99", _lag_p99, 0.1 * TMIN,
           0.5 * TMIN, "ms", _WORKERS),
    Signal("late_arrivals", ARRIVAL_MISSED.key, "open arrivals started more than a second after their time", _mean, 1, 5,
           "%", _WORKERS),
    Signal("generator_cpu", GENERATOR_CPU.key, "the generator's mean CPU", _mean, 60, 80, "%", _WORKERS),
    Signal("throttled", THROTTLED.key, "the generator stood still for its container's CPU quota", _mean, MUCH_WAITING, 100, "%",
           _WORKERS),
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


_FEW_SECONDS = 3  # at the edge of a phase the spawner may be a tick late: users are not missing then
# Shares of the planned starts (docs/rules/timing.md#the-intended-start). Callers that do not wait for answers lose none. Users
# who wait make fewer when answers are slow; with a fifth fewer the load is not the one requested (our judgement).
_LOST_STARTS, _LOST_BY_WAITING = 0.01, 0.2


def cautions(info: RunInfo, series: dict[str, Series]) -> tuple[Caution, ...]:
    """All reasons to distrust a run, those recorded during the run first."""
    phases = [phase for phase in info.phases if phase.judged]
    found = [*info.cautions]
    if series and phases:
        found += [*_of_generator(info, series, phases), *_own_faults(series), *_other_users(series, phases)]
        found += [*_rate_not_reached(series, phases), *standstills(series, phases)]
    return (*found, *clock_cautions(info, series), *_of_run(info, series, phases))


def _of_generator(info: RunInfo, series: dict[str, Series], phases: list[Phase]) -> Iterator[Caution]:
    if LOOP_LAG.key not in series:
        yield Caution(
            "generator_not_watched",
            "The generator did not watch itself: whether it was the bottleneck is not known.",
            "Run with reznet-load's own scenarios, which measure the generator's lag and CPU.",
        )
    elif CALIBRATION_ERROR.key not in series and info.scenario != SUITE:  # its one user queues nothing
        yield Caution(
            "not_calibrated",
            "The generator did not time a known answer: what it adds to response times by queueing them was not measured.",
            "Look into locust.log for why its calibration ended; runs of earlier versions had none.",
        )
    for reading in readings(series, phases):
        if reading.level != "ok":
            signal, void = reading.signal, reading.level == "void"
            limit = signal.void if void else signal.warn
            text = (
                f"{signal.text}: {format_value(reading.value, signal.unit)}, over {format_value(limit, signal.unit)}."
            )
            remedy = of_late_generator(info, series, phases) if signal.remedy == _WORKERS else signal.remedy
            yield Caution(signal.id, text[0].upper() + text[1:], remedy, void)


def readings(series: dict[str, Series], phases: list[Phase]) -> tuple[Reading, ...]:
    """Every signal that was measured, in the order of the table."""
    return tuple(
        Reading(signal, max((_measured(signal, series[signal.gauge], phase) for phase in phases), default=0.0))
        for signal in SIGNALS
        if signal.gauge in series
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


def _own_faults(series: dict[str, Series]) -> Iterator[Caution]:
    texts = {text for one in series.values() for text in one.texts if kind_of(text) is FailureKind.OWN}
    if texts:
        text = f"The generator ran out of its own resources: {sorted(texts)[0]}."
        yield Caution("generator_resources", text, "Raise the limit (ulimit -n 65536) or use more workers.", void=True)


# id, word, what users still did when the phase began, which seconds are wrong, the worst of them.
_OTHER_USERS = (
    ("too_few_users", "Fewer", "coming", np.less, np.nanmin),
    ("too_many_users", "More", "going", np.greater, np.nanmax),
)


def _other_users(series: dict[str, Series], phases: list[Phase]) -> Iterator[Caution]:
    """Fewer or more users than planned were running: the load was not the one requested."""
    if RUNNING_USERS.key not in series:
        return
    for phase in phases:
        counts = per_second(series[RUNNING_USERS.key], phase)
        for id, word, still, wrongly, worst in _OTHER_USERS:
            wrong = wrongly(counts, phase.users)
            seconds = int(wrong.sum())
            if seconds < _FEW_SECONDS or seconds <= 0.01 * len(counts):
                continue
            remedy = "Look into locust.log for what ended or started users, or workers."
            if seconds < len(counts) and wrong[:seconds].all():
                remedy = f"They were still {still} when it began: give them longer, --ramp."
            text = f"{word} than the planned {phase.users} users ran in {seconds} seconds of {phase.name}: {worst(counts):.0f}."
            yield Caution(id, text, remedy, void=True)
            return


def _rate_not_reached(series: dict[str, Series], phases: list[Phase]) -> Iterator[Caution]:
    """Users fell behind their schedules: reports the row that lost most. Never void: they waited for the backend."""
    reached = [(one.reached(phase), one, phase) for one in series.values() for phase in phases]
    lost = [
        found for found in reached if found[0] < 1 - (_LOST_STARTS if found[1].behind is None else _LOST_BY_WAITING)
    ]
    for share, one, phase in sorted(lost, key=lambda found: found[0])[:1]:
        yield Caution(
            "rate_not_reached",
            f"Users made {100 * share:.0f} % of the starts that were planned in {phase.name} ({one.key}): answers took longer than "
            "their schedule allows, and they never caught up.",
            "The load was lower than planned: read the view from the intended start, or plan fewer with --think.",
        )


def _of_run(info: RunInfo, series: dict[str, Series], phases: list[Phase]) -> Iterator[Caution]:
    if not series:
        yield Caution(
            "rounded",
            "There are no samples, only Locust's CSVs: percentiles are rounded to two digits, failures are among them.",
            "Values near a limit read Warning. Run with reznet-load's scenarios to have every sample.",
        )
    longest = max((phase.seconds for phase in phases), default=0.0)
    if series and phases and longest < SHORT_SECONDS and info.scenario != SUITE:
        yield Caution(
            "short",
            f"{longest:.0f} s of steady load do not show what happens every few minutes (garbage collection, vacuum, cache "
            "expiry). If the backend's speed changes slowly, the true intervals are wider than the intervals shown. "
            "A verdict holds if its value is far from the limit.",
            f"If a value is near its limit, repeat the run for five minutes or more: {longer(info)}.",
        )
    if not info.ended and info.started:
        yield _without_end(info)
    if info.deployment.tls == UNVERIFIED:
        yield Caution("insecure", "Certificates were not verified (--insecure).", "Trust the authority with --ca FILE.")


def _without_end(info: RunInfo) -> Caution:
    """The run was interrupted or killed; its channels still exist only if no clean-up followed."""
    why = "interrupted" if info.interrupted else "killed"
    left = info.notes.get("clean-up") or "what it left in the deployment is removed by the next run"
    return Caution(
        "killed", f"The run has no end: it was {why}, and was judged on what was there.", f"Run it again; {left}."
    )
