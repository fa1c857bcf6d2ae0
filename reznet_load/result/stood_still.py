"""Processes of the generator that stood still for seconds: stopped (SIGSTOP), suspended, or blocked in one call.

Their own timers show it: the next tick of the loop is late by that long. What they measured meanwhile is not the
backend's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from reznet_load.core.failed.generator_faults import AWAY, STOOD_STILL
from reznet_load.core.folder import slug
from reznet_load.core.rows import LOOP_LAG, RUNNING_USERS
from reznet_load.core.run import Caution, RunInfo
from reznet_load.core.units import format_duration
from reznet_load.verdict.samples import Series, processes

# the loop of a busy machine is late by less; a delay shorter by a second would void nothing by itself
STILL_MS = 3000.0
_SHARE = 0.01  # of a judged phase, as for missing users
_SHOWN = 3


def lay_in(folder: Path, info: RunInfo, series: dict[str, Series]) -> RunInfo:
    """`info` with a Caution for each process that stood still, which replaces the master's guess that its connection
    was cut.
    """
    lag = series.get(LOOP_LAG.key)
    if lag is None or not np.any(lag.value >= STILL_MS):
        return info
    names = processes(folder)
    found = tuple(_cautions(info, lag, series.get(RUNNING_USERS.key), names))
    known = {AWAY + caution.id.removeprefix(STOOD_STILL) for caution in found}
    return replace(info, cautions=(*(one for one in info.cautions if one.id not in known), *found))


def _cautions(info: RunInfo, lag: Series, users: Series | None, names: tuple[str, ...]) -> Iterator[Caution]:
    still = lag.value >= STILL_MS
    for worker in np.unique(lag.worker[still]):
        mine = still & (lag.worker == worker)
        until, seconds = lag.start[mine], lag.value[mine] / 1000
        spans = list(zip(until - seconds, until, strict=True))
        name, running = names[int(worker)], _users_at(users, int(worker), spans[0][0])
        origin = spans[0][0] if info.origin is None else info.origin
        times = ", ".join(
            f"{max(0, since - origin):.0f} s to {max(0, end - origin):.0f} s" for since, end in spans[:_SHOWN]
        )
        yield Caution(
            STOOD_STILL + slug(name),
            f"Process {name} of the generator with its {running} user{'' if running == 1 else 's'} stood still for "
            f"{format_duration(float(seconds.sum()))} ({times} after the first user came): it was stopped (SIGSTOP), its machine "
            "was suspended, or one call blocked it. What its users measured in that time says nothing about the backend.",
            "Look at what stopped it: a debugger, a container that was paused, a laptop that slept, a long call in user code.",
            void=any(_counts(spans, phase.start, phase.end) for phase in info.phases if phase.judged),
        )


def _counts(spans: list[tuple[float, float]], start: float, end: float) -> bool:
    inside = sum(max(0.0, min(until, end) - max(since, start)) for since, until in spans)
    return inside >= STILL_MS / 1000 and inside > _SHARE * (end - start)


def _users_at(users: Series | None, worker: int, at: float) -> int:
    """How many users ran there, by the last count before `at`, or the first one after it if there is none before."""
    if users is None or not np.any(users.worker == worker):
        return 0
    mine = users.worker == worker
    start, value = users.start[mine], users.value[mine]
    return int(value[max(0, int(np.searchsorted(start, at)) - 1)])
