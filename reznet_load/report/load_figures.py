"""The figures of section 6: all requests of a phase together, for orientation; never judged."""

from __future__ import annotations

from typing import Any

from reznet_load.core.measurement import Row
from reznet_load.core.profile import Phase
from reznet_load.core.units import format_value
from reznet_load.report.context import LARGE
from reznet_load.report.view import View, users_only
from reznet_load.report.words import ms

# Parts of an agent turn that have rows of their own, but are no requests of their own.
_PARTS = ("CHAT chunk gap", "CHAT first token")


def requests(rows: tuple[Row, ...] | list[Row]) -> list[Row]:
    """The rows whose counts are requests or turns."""
    return [row for row in users_only(rows) if row.key not in _PARTS]


def figures(rows: tuple[Row, ...] | list[Row], seconds: float, run: str, users: int) -> dict[str, str]:
    """What the document says of a load: totals, and the slowest row for each percentile."""
    rows = requests(rows)
    failed = sum(row.failures for row in rows)
    both = failed + sum(row.count for row in rows)
    rate = both / seconds if seconds > 0 else sum(row.rate or 0.0 for row in rows)
    return {
        "run": run,
        "users": str(users) if users else "users unknown,",
        "total": format_value(both, "count"),
        "ok": format_value(both - failed, "count"),
        "failed": format_value(failed, "count"),
        "error_rate": format_value(100 * failed / both, "%") if both else "-",
        "rate": f"{rate:.1f} req/s" if rate else "-",
        **{column: slowest(rows, column) for column in ("p50", "p95", "p99")},
    }


def slowest(rows: list[Row], column: str) -> str:
    """The largest value of a column with the row it stands in: a mix of all rows would be nobody's time."""
    timed = [row for row in rows if row.unit == "ms" and getattr(row, column) is not None]
    if not timed:
        return "-"
    worst = max(timed, key=lambda row: getattr(row, column))
    return f"{ms(getattr(worst, column))} ({worst.key})"


def _own(view: View, phase: Phase) -> dict[str, str]:
    run = view.result.info.id + (f", phase {phase.name}" if view.several else "")
    return figures(view.rows_of(phase.name), phase.seconds, run, phase.users)


def _other(entry: dict[str, Any] | None) -> dict[str, str] | None:
    return figures([Row(**row) for row in entry["rows"]], entry["seconds"], entry["run"], entry["users"]) if entry else None


def standard(view: View) -> dict[str, str] | None:
    """The standard load: this run where it stayed below 100 users, else the latest load, else a smaller phase of this."""
    phase = view.phase
    if phase is not None and phase.users < LARGE:
        return _own(view, phase)
    smaller = [one for one in view.result.info.phases if one.judged and one.users < LARGE]
    return _other(view.context["load"]) or (_own(view, smaller[0]) if smaller else None)


def large(view: View) -> dict[str, str] | None:
    """The load of 100 users: this run's, else the latest."""
    phase = view.phase
    return _own(view, phase) if phase is not None and phase.users >= LARGE else _other(view.context["large"])


def by_phase(view: View) -> list[dict[str, str]]:
    """Each phase with its figures, where a run went through several loads."""
    if not view.several:
        return []
    found = []
    for phase in view.result.info.phases:
        judged = "judged" if phase.judged else "not judged"
        line = figures(view.rows_of(phase.name), phase.seconds, phase.name, phase.users)
        found.append(line | {"judged": judged})
    return found
