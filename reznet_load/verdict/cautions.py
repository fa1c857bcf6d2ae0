"""Reasons to distrust a run, as data with a remedy; those about the generator can void the run.

The generator's thresholds are in generator/signals.py.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from reznet_load.core.deployment import UNVERIFIED
from reznet_load.core.failed.failure_kinds import FailureKind, kind_of
from reznet_load.core.profile import Phase
from reznet_load.core.rows import (
    CALIBRATION_ERROR,
    GC_PAUSE,
    LOOP_LAG,
    RUNNING_USERS,
    WAITING_FOR_CORE,
)
from reznet_load.core.run import SUITE, Caution, RunInfo
from reznet_load.core.units import format_value
from reznet_load.verdict.clock_cautions import clock_cautions
from reznet_load.verdict.connected import per_second
from reznet_load.verdict.generator.core_waits import of_the_machine
from reznet_load.verdict.generator.gc_pauses import waiting_pause
from reznet_load.verdict.generator.signals import WORKERS, readings
from reznet_load.verdict.remedies import FREE_CORES, SHORT_SECONDS, longer, of_late_generator
from reznet_load.verdict.samples import Series
from reznet_load.verdict.silent_seconds import standstills

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
    machine = tuple(of_the_machine(info, series, phases))
    yield from machine
    for reading in readings(series, phases):
        if machine and reading.signal.gauge == WAITING_FOR_CORE.key:
            continue  # the caution about the machine names this share, too
        signal, void = reading.signal, reading.level == "void"
        waited = waiting_pause(series, phases, signal.warn) if signal.gauge == GC_PAUSE.key else ""
        if reading.level != "ok":
            limit = format_value(signal.void if void else signal.warn, signal.unit)
            text = f"{signal.text}: {format_value(reading.value, signal.unit)}, over {limit}.{waited}"
            remedy = of_late_generator(info, series, phases) if signal.remedy == WORKERS else signal.remedy
            yield Caution(signal.id, text[0].upper() + text[1:], remedy, void)
        elif waited:
            yield Caution(signal.id, f"The generator had no core during a garbage collection.{waited}", FREE_CORES)


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
            "expiry). If the backend is slower for some seconds and faster for others, the true intervals are wider than "
            "those shown. A verdict holds if its value is far from the limit.",
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
