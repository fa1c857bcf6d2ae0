"""Did the generator and the backend wait for a core? Then their machine was overloaded, and late answers are no fault of
the backend's code.

On two cores with busy neighbours (docs/rules/validity.md#a-machine-without-a-free-core) a backend waits two to three times
as long as the generator, because it does more at a time. The generator's own wait adds little to a measured time, and
`calibration` shows it; the backend's wait adds most.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from reznet_load.core.profile import Phase
from reznet_load.core.rows import POSTGRES_CPU, REDIS_CPU, TARGET_CPU, TARGET_WAITING, WAITING_FOR_CORE
from reznet_load.core.run import Caution, RunInfo
from reznet_load.verdict.samples import Series

# Percent of the time, means of a judged phase; measured with the embedded target, 50 users, two cores.
GENERATOR_WAITED = 10.0  # quiet: 2; one busy neighbour: 14, and pings of 19 instead of 2 ms at p95
BACKEND_WAITED = 20.0  # quiet: 4; one busy neighbour: 29
# Each run above it had a p95 of the pings of 108 ms or more instead of 2, whatever the backend; below it no run failed.
BACKEND_STARVED = 60.0
# Stands in for the backend's wait if that could not be read: at 39 the backend's was 87, at 28 it was 58.
GENERATOR_STARVED = 30.0
# Late answers (over 50 ms) as a share of the time waited: 0.1 at most in five runs. From OCCUPIED on, percent of the time
# that the backend waited or computed, a queue builds up: 0.1 to 0.73 in eleven runs.
LATE_OF_WAITED, OCCUPIED = 0.5, 60.0
# Percent of a core used by what is tested: from here on it may have overloaded the machine by itself (our judgement).
OWN_LOAD = 80.0
FREE_THE_MACHINE = "Stop the other programs on this machine, or run the backend on another one, and run again."


@dataclass(frozen=True, slots=True)
class CoreWaits:
    """Percent of the time in which processes were ready to run and had no core; None if it was not measured.

    generator  its worst process
    backend    the worst thread of the backend's worst process
    used       percent of a core that the backend, PostgreSQL and Redis used together
    """

    generator: float | None = None
    backend: float | None = None
    used: float | None = None

    @property
    def noticed(self) -> bool:
        """Did the backend or the generator wait for longer than on a machine with free cores?"""
        return (self.backend or 0.0) > BACKEND_WAITED or (self.backend is None and self._generator_short)

    @property
    def own_load(self) -> bool:
        """May what is tested have overloaded the machine by itself?"""
        return self.used is not None and self.used >= OWN_LOAD

    @property
    def _generator_short(self) -> bool:
        return (self.generator or 0.0) > GENERATOR_WAITED

    def explains(self, late: float, on_this_machine: bool) -> bool:
        """Can waiting explain this share (0..1) of late answers?

        An answer is late only if it met a process that was away. So waiting makes at most as large a share late as it
        took of the time of both processes together; without a queue it makes fewer (LATE_OF_WAITED). A backend on this
        machine whose wait could not be read has no such bound.
        """
        if self.backend is None and on_this_machine and (self.generator or 0.0) > GENERATOR_STARVED:
            return True
        queue = (self.backend or 0.0) + (self.used or 0.0) >= OCCUPIED
        waited = (self.generator or 0.0) + (self.backend or 0.0)
        return self.noticed and 100 * late <= waited * (1.0 if queue else LATE_OF_WAITED)

    def starved(self, on_this_machine: bool) -> bool:
        """Did other programs take the cores of both? `on_this_machine`: does the backend run on the generator's machine?

        A backend that waits alone may have a small share of its own (a quota), and one that used much CPU may have
        overloaded the machine itself: neither is an excuse.
        """
        if self.own_load:
            return False
        if self.backend is None:
            return on_this_machine and (self.generator or 0.0) > GENERATOR_STARVED
        return self.backend > BACKEND_STARVED and self._generator_short

    @property
    def text(self) -> str:
        """`the backend waited 61 % of the time for a core, the generator 25 %`."""
        both = (("the backend", self.backend), ("the generator", self.generator))
        (who, first), *rest = [(name, f"{value:.0f} %") for name, value in both if value is not None]
        return f"{who} waited {first} of the time for a core" + "".join(f", {name} {value}" for name, value in rest)


def core_waits(series: dict[str, Series], phase: Phase) -> CoreWaits:
    """What was measured in `phase`."""
    used = [
        mean for row in (TARGET_CPU, POSTGRES_CPU, REDIS_CPU) if (mean := _worst(series, row.key, phase)) is not None
    ]
    return CoreWaits(
        _worst(series, WAITING_FOR_CORE.key, phase),
        _worst(series, TARGET_WAITING.key, phase),
        sum(used) if used else None,
    )


def on_this_machine(info: RunInfo) -> bool:
    """Did the probe of processes find the backend on the generator's machine?"""
    return "target" in info.probes.get("before", {}).get("processes", {}).get("watched", {})


def of_the_machine(info: RunInfo, series: dict[str, Series], phases: Sequence[Phase]) -> Iterator[Caution]:
    """A Caution for the judged phase in which the machine was most overloaded; void if that decided the values."""
    here = on_this_machine(info)
    found = [(phase, waits) for phase in phases if (waits := core_waits(series, phase)).noticed]
    if not found:
        return
    phase, waits = max(
        found, key=lambda pair: (pair[1].starved(here), pair[1].backend or 0.0, pair[1].generator or 0.0)
    )
    void = waits.starved(here)
    if waits.backend is None and not void:
        return  # the generator's own signal says it
    text = f"The machine had too few free cores: {waits.text}, in {phase.name}."
    remedy = FREE_THE_MACHINE
    if waits.own_load:
        remedy = f"The backend, PostgreSQL and Redis used {waits.used:.0f} % of a core: they may need more cores."
    yield Caution("no_free_core", text, remedy, void)


def _worst(series: dict[str, Series], key: str, phase: Phase) -> float | None:
    """The largest mean of any process in `phase`; None if nothing was measured.

    A reading counts for the time since the last one: on an overloaded machine the probe reads late, too.
    """
    part = series[key].within(phase) if key in series else None
    if part is None or not len(part):
        return None
    means = []
    for one in np.unique(part.worker):
        start, value = (column[part.worker == one] for column in (part.start, part.value))
        means.append(float(np.average(value, weights=np.maximum(np.diff(start, prepend=phase.start), 1e-9))))
    return max(means)
