"""Remedies that depend on the run: how many workers to add, from the CPU that users took, and how to make a run longer."""

from __future__ import annotations

import math

import numpy as np

from reznet_load.core.failed.generator_faults import names_a_cause
from reznet_load.core.profile import Phase
from reznet_load.core.rows import CPU_QUOTA, GENERATOR_CPU, RUNNING_USERS, THROTTLED, WAITING_FOR_CORE
from reznet_load.core.run import SUITE, RunInfo
from reznet_load.core.text.next_command import next_command
from reznet_load.verdict.samples import Series

# Percent of a core that users of one process may take: below the warning at 60, with room for bursts (our judgement).
EASY = 50.0
# Percent of the time that a process may be ready but without a core; above it others are to blame (our judgement).
MUCH_WAITING = 8.0
FREE_CORES = "Move other programs off this machine."
# Seconds of a judged phase below which rare events cannot be judged: what comes every few minutes is missing
# (judgement).
SHORT_SECONDS = 300.0
_STEP = 5  # minutes: durations are advised in multiples
_SOAK = 30  # minutes below which a drift does not show (judgement)
# Scenarios whose steady phases get longer with DURATION.
_HELD = ("load", "stress", "spike", "herd", "distributed")


def of_late_generator(info: RunInfo, series: dict[str, Series], phases: list[Phase]) -> str:
    """What to do about a late or busy generator; nothing is guessed if another caution names the cause."""
    if any(names_a_cause(caution.id) for caution in info.cautions):
        return "A process of the generator stood still or was away, as another caution says: see to that first."
    return more_workers(info, series, phases)


def more_workers(info: RunInfo, series: dict[str, Series], phases: list[Phase]) -> str:
    """What to do about a late or busy generator."""
    if text := _of_quota(series, phases):
        return text
    processes, load = max(info.workers, 1), _cpu_of_users(series, phases)
    more = max(1, math.ceil(load / EASY) - processes)
    option = "WORKERS=" if info.deployment.is_reznet else "--workers "
    workers = f"{more} worker{'s' if more > 1 else ''} more ({option}{processes + more})"
    add = f"{workers}, on other machines where this one has no core left."
    if not load:
        return add
    took = f"users took {load:.0f} % of a core in {processes} process{'es' if processes > 1 else ''}"
    if load > EASY * processes:
        return f"{add} U{took[1:]}; {EASY:.0f} % a process leaves room."
    return f"{_first(took, _worst(series.get(WAITING_FOR_CORE.key), phases))} If that is not it: {add}"


def _first(took: str, waited: float | None) -> str:
    """What to check before adding workers, if users did not need much CPU."""
    if waited is None:
        return f"Look for a blocking call in your own user classes and for other programs on its cores: {took}."
    if waited < MUCH_WAITING:
        return f"Look for a blocking call in your own user classes: {took}, and a core was free when they needed one."
    return f"Move other programs off this machine: {took}, and waited for a core {waited:.0f} % of the time."


def _of_quota(series: dict[str, Series], phases: list[Phase]) -> str:
    """What to do if a CPU quota throttled the generator: more workers within it do not help. "" if none did."""
    throttled, quota = (_worst(series.get(row.key), phases) for row in (THROTTLED, CPU_QUOTA))
    if throttled is None or quota is None or throttled < MUCH_WAITING:
        return ""
    return (
        f"Its container was throttled {throttled:.0f} % of the time by a quota of {quota / 100:g} core{'s' * (quota != 100)}: "
        "raise it (docker --cpus, Kubernetes limits.cpu) or remove it; workers help only outside of this container."
    )


def longer(info: RunInfo, more: float = 0.0) -> str:
    """The command for such a run with judged phases of five minutes or more; `more`: minutes that it needs in addition.

    A run that had five minutes is made twice as long.
    """
    before = _judged_seconds(info)
    wanted = max(before / 60 + more, 2 * before / 60 if before >= SHORT_SECONDS else 0.0)
    minutes = max(1, math.ceil(wanted / _STEP)) * _STEP
    if info.scenario == "capacity":
        return next_command(info, "make capacity THOROUGH=1", thorough="")
    if info.scenario == SUITE:  # the duration of a suite depends on its samples
        return "make perf ARGS='--samples 80'"
    if info.scenario == "soak":
        minutes = max(minutes, _SOAK)
        return next_command(info, f"make soak DURATION={minutes}m", duration=f"{minutes}m")
    scenario = info.scenario if info.scenario in _HELD else "load"
    return next_command(info, f"make {scenario} DURATION={minutes}m", scenario, duration=f"{minutes}m")


def measure_longer(info: RunInfo, more: float = 0.0) -> str:
    """The next step of a run that is undecided and needs `more` minutes, infinite if no run is long enough.

    A run of less than five minutes may lie on its limit by chance: it is first repeated for longer.
    """
    if math.isinf(more) and _judged_seconds(info) < SHORT_SECONDS:
        more = 0.0
    if math.isinf(more):
        return "Make it faster, or change its limit: the value lies on the limit, and a longer run will hardly tell."
    return f"Measure for longer: {longer(info, more)}."


def _judged_seconds(info: RunInfo) -> float:
    return max((phase.seconds for phase in info.phases if phase.judged), default=0.0)


def _cpu_of_users(series: dict[str, Series], phases: list[Phase]) -> float:
    """Percent of one core, summed over the processes that run users, in the phase that took most."""
    cpu, users = series.get(GENERATOR_CPU.key), series.get(RUNNING_USERS.key)
    if cpu is None:
        return 0.0
    with_users = set(users.worker[users.value > 0]) if users is not None else set(np.unique(cpu.worker))
    totals = [0.0]
    for part in (cpu.within(phase) for phase in phases):
        totals.append(sum(float(part.value[part.worker == one].mean()) for one in with_users & set(part.worker)))
    return max(totals)


def _worst(series: Series | None, phases: list[Phase]) -> float | None:
    """The largest mean of any process; None if nothing is known."""
    if series is None:
        return None
    parts = [series.within(phase) for phase in phases]
    means = [float(part.value[part.worker == one].mean()) for part in parts for one in set(part.worker)]
    return max(means, default=None)
