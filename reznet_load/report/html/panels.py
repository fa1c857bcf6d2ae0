"""The charts of gauges in the time line of a run, as a table."""

from __future__ import annotations

from dataclasses import dataclass

from reznet_load.core import rows
from reznet_load.core.measured.named_row import NamedRow


@dataclass(frozen=True, slots=True)
class GaugePanel:
    """A chart of gauges with the same unit; `lines` are (name in the legend, row)."""

    title: str
    unit: str
    lines: tuple[tuple[str, NamedRow], ...]


LAG = GaugePanel("The generator's own lag, the largest of a bin", "ms", (("loop lag", rows.LOOP_LAG),))
PANELS = (
    GaugePanel("Users", "", (("users", rows.RUNNING_USERS), ("open sockets", rows.OPEN_SOCKETS))),
    GaugePanel("Events received in a second", "", (("events", rows.EVENTS_RECEIVED),)),
    GaugePanel("Turns in flight", "", (("turns", rows.TURNS_IN_FLIGHT),)),
    GaugePanel(
        "CPU, percent of a core",
        "%",
        (
            ("target", rows.TARGET_CPU),
            ("PostgreSQL", rows.POSTGRES_CPU),
            ("Redis", rows.REDIS_CPU),
            ("generator", rows.GENERATOR_CPU),
        ),
    ),
    GaugePanel("Database connections", "", (("all", rows.DB_CONNECTIONS), ("active", rows.DB_ACTIVE))),
    GaugePanel(
        "Memory",
        "MB",
        (
            ("target", rows.TARGET_MEMORY),
            ("PostgreSQL", rows.PROCESS_MEMORY.of("postgres")),
            ("Redis", rows.PROCESS_MEMORY.of("redis")),
        ),
    ),
    LAG,
)


def shown() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(names of rows that are summed over processes, names of rows of which the largest value is shown)."""
    summed = tuple(row.key for panel in PANELS if panel is not LAG for _, row in panel.lines)
    return summed, tuple(row.key for _, row in LAG.lines)
