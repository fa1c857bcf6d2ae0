"""Processes, phase by phase, where a run has several: a step, a spike and a cut differ in what they cost."""

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

# Column -> gauge and which of its figures: what is summed over time as its mean, what must fit at its largest.
_COLUMNS = {
    "cpu": (PROCESS_CPU, "mean"),
    "cpu_max": (PROCESS_CPU, "maximum"),
    "memory": (PROCESS_MEMORY, "maximum"),
    "threads": (PROCESS_THREADS, "maximum"),
    "files": (PROCESS_FILES, "maximum"),
    "sockets": (PROCESS_SOCKETS, "maximum"),
}


def names(view: View) -> dict[str, Any]:
    """Of `processes.md.j2`."""
    return {"process_phases": by_phase(view)}


def by_phase(view: View) -> list[dict[str, str]]:
    """A line a phase and process; none for a run of a ramp and one phase, which the table of gauges shows whole."""
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
