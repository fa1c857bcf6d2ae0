"""Remedies that depend on the run: how many workers more, from the CPU that its users took, and how it lasts longer."""

from __future__ import annotations

import math

import numpy as np

from reznet_load.core.failed.generator_faults import names_a_cause
from reznet_load.core.profile import Phase
from reznet_load.core.rows import CPU_QUOTA, GENERATOR_CPU, RUNNING_USERS, THROTTLED, WAITING_FOR_CORE
from reznet_load.core.run import SUITE, RunInfo
from reznet_load.verdict.samples import Series

# Percent of a core that users of one process may take: below the 60 that warn, with room for bursts (judgement).
EASY = 50.0
# Percent of the time that a process may be ready to run and have no core before others are to blame (judgement).
MUCH_WAITING = 8.0
# Seconds of a judged phase below which nothing is decided: what comes every few minutes is not in it (judgement).
SHORT_SECONDS = 300.0
# Scenarios whose steady phases DURATION lengthens.
_HELD = ("load", "stress", "spike", "herd", "distributed")


def of_late_generator(info: RunInfo, series: dict[str, Series], phases: list[Phase]) -> str:
    """What to do for a generator that is late or busy; nothing is guessed where another caution says why."""
    if any(names_a_cause(caution.id) for caution in info.cautions):
        return "A process of the generator stood still or was away, as another caution says: see to that first."
    return more_workers(info, series, phases)


def more_workers(info: RunInfo, series: dict[str, Series], phases: list[Phase]) -> str:
    """What to do for a generator that is late or busy."""
    if text := _of_quota(series, phases):
        return text
    processes, load = max(info.workers, 1), _cpu_of_users(series, phases)
    more = max(1, math.ceil(load / EASY) - processes)
    workers = f"{more} worker{'s' if more > 1 else ''} more (WORKERS={processes + more})"
    add = f"{workers}, on other machines where this one has no core left."
    if not load:
        return add
    took = f"users took {load:.0f} % of a core in {processes} process{'es' if processes > 1 else ''}"
    if load > EASY * processes:
        return f"{add} U{took[1:]}; {EASY:.0f} % a process leaves room."
    return f"{_first(took, _worst(series.get(WAITING_FOR_CORE.key), phases))} If that is not it: {add}"


def _first(took: str, waited: float | None) -> str:
    """What to look at before workers are added, where users did not need much CPU."""
    if waited is None:
        return f"Look for a blocking call in your own user classes and for other programs on its cores: {took}."
    if waited < MUCH_WAITING:
        return f"Look for a blocking call in your own user classes: {took}, and a core was free when they needed one."
    return f"Move other programs off this machine: {took}, and waited for a core {waited:.0f} % of the time."


def _of_quota(series: dict[str, Series], phases: list[Phase]) -> str:
    """What to do where a CPU quota held the generator back: workers within it get nothing more. "" where none did."""
    throttled, quota = (_worst(series.get(row.key), phases) for row in (THROTTLED, CPU_QUOTA))
    if throttled is None or quota is None or throttled < MUCH_WAITING:
        return ""
    return (
        f"Its container was throttled {throttled:.0f} % of the time by a quota of {quota / 100:g} core{'s' * (quota != 100)}: "
        "raise it (docker --cpus, Kubernetes limits.cpu) or remove it; workers help only outside of this container."
    )


def longer(info: RunInfo) -> str:
    """The command that holds the judged phases of such a run for five minutes or more, or just longer than it did."""
    if max((phase.seconds for phase in info.phases if phase.judged), default=0.0) >= SHORT_SECONDS:
        return "a larger DURATION"
    fixed = {
        "capacity": "make capacity THOROUGH=1",
        "soak": "make soak DURATION=30m",
        SUITE: "make perf ARGS='--samples 80'",  # a suite lasts as long as its samples take
    }
    return fixed.get(info.scenario, f"make {info.scenario if info.scenario in _HELD else 'load'} DURATION=5m")


def _cpu_of_users(series: dict[str, Series], phases: list[Phase]) -> float:
    """Percent of one core, the processes that run users together, in the phase that took most."""
    cpu, users = series.get(GENERATOR_CPU.key), series.get(RUNNING_USERS.key)
    if cpu is None:
        return 0.0
    with_users = set(users.worker[users.value > 0]) if users is not None else set(np.unique(cpu.worker))
    totals = [0.0]
    for part in (cpu.within(phase) for phase in phases):
        totals.append(sum(float(part.value[part.worker == one].mean()) for one in with_users & set(part.worker)))
    return max(totals)


def _worst(series: Series | None, phases: list[Phase]) -> float | None:
    """The mean of the process that has the largest, None where nothing is known."""
    if series is None:
        return None
    parts = [series.within(phase) for phase in phases]
    means = [float(part.value[part.worker == one].mean()) for part in parts for one in set(part.worker)]
    return max(means, default=None)
