"""CPU and memory of processes in each phase, for runs with several phases (steps, spikes, outages)."""

from __future__ import annotations

from typing import Any

from reznet_load.core.rows import (
    PROCESS_CPU,
    PROCESS_FILES,
    PROCESS_MEMORY,
    PROCESS_SOCKETS,
    PROCESS_THREADS,
    PROCESSES,
)
from reznet_load.core.units import format_value
from reznet_load.report.view import View

# Column -> (gauge, figure): the mean for what adds up over time, the largest value for what must fit.
_COLUMNS = {
    "cpu": (PROCESS_CPU, "mean"),
    "cpu_max": (PROCESS_CPU, "maximum"),
    "memory": (PROCESS_MEMORY, "maximum"),
    "threads": (PROCESS_THREADS, "maximum"),
    "files": (PROCESS_FILES, "maximum"),
    "sockets": (PROCESS_SOCKETS, "maximum"),
}


def names(view: View) -> dict[str, Any]:
    """The values for the template `processes.md.j2`."""
    return {"process_phases": by_phase(view)}


def by_phase(view: View) -> list[dict[str, str]]:
    """A line for each phase and process; [] for a run with one phase after its ramp, which the table of gauges covers."""
    phases = view.result.info.phases
    if len([phase for phase in phases if phase.name != "ramp-up"]) < 2:
        return []
    rows = {(row.phase, row.key): row for row in view.result.rows}
    found = []
    for phase in phases:
        for name in PROCESSES:
            seen = {column: rows.get((phase.name, family.of(name).key)) for column, (family, _) in _COLUMNS.items()}
            if any(seen.values()):
                cells = {
                    column: format_value(getattr(row, _COLUMNS[column][1]), row.unit) if row else "-"
                    for column, row in seen.items()
                }
                found.append({"phase": phase.name, "process": name} | cells)
    return found
