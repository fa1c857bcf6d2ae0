"""The time line of a page: the data that the script draws, the same as SVG, events, and a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from reznet_load.core.nfr import Nfr
from reznet_load.core.phases.outages import outages
from reznet_load.core.rows import RUNNING_USERS, TARGET_CPU
from reznet_load.core.units import format_value
from reznet_load.report.html.moments import moments
from reznet_load.report.html.panels import PANELS
from reznet_load.report.html.pictures import judged_latency, main_row, pictures
from reznet_load.report.view import View, ms
from reznet_load.result.timeline import RowTimes, Timeline

_LINES = 20  # most lines of the table


def names(view: View, timeline: Timeline) -> dict[str, Any]:
    """The values for the template `timeline.html.j2`."""
    key, _ = main_row(view, timeline)
    return {
        "pictures": [Markup(one) for one in pictures(view, timeline)],
        "moments": [{"at": _clock(one.at), "text": one.text} for one in moments(view.result, timeline)],
        "table_row": key,
        "table": _table(timeline, timeline.rows[key]) if key else [],
    }


def _clock(seconds: float) -> str:
    return f"{int(seconds // 60)}:{int(seconds % 60):02d}"


def _table(timeline: Timeline, row: RowTimes) -> list[dict[str, str]]:
    """The time line in at most _LINES lines: sums of counts, the worst p95 among the bins of a line, means of gauges."""
    count = len(timeline.begins)
    step = -(-count // _LINES)
    lines = []
    for low in range(0, count, step):
        part = slice(low, low + step)
        p95 = [value for value in row.p95[part] if value is not None]
        lines.append(
            {
                "at": _clock(timeline.begins[low]),
                "users": _mean(timeline, RUNNING_USERS.key, part, "users"),
                "ok": format_value(sum(row.ok[part]), "count"),
                "failed": format_value(sum(row.failed[part]), "count"),
                "p95": ms(max(p95, default=None)),
                "cpu": _mean(timeline, TARGET_CPU.key, part, "%"),
            }
        )
    return lines


def _mean(timeline: Timeline, key: str, part: slice, unit: str) -> str:
    found = [value for value in timeline.gauges.get(key, ())[part] if value is not None]
    return format_value(round(sum(found) / len(found)), unit) if found else "-"


def data(view: View, timeline: Timeline) -> dict[str, Any]:
    """The data that the script draws: times in s from the first user, latencies in ms."""
    phases = view.result.info.phases
    begin = phases[0].start
    return {
        "bin": timeline.seconds,
        "x": timeline.begins,
        "phases": [[one.name, one.start - begin, one.end - begin, one.users, one.judged] for one in phases],
        "away": [[one.gone.start - begin, one.gone.end - begin] for one in outages(phases)],
        "levels": [level for level, _ in next((row.curve for row in timeline.rows.values() if row.curve), ())],
        "rows": {key: _row(view, key, row) for key, row in timeline.rows.items()},
        "failures": timeline.failures,
        "gauges": timeline.gauges,
        "panels": [[panel.title, panel.unit, [[name, row.key] for name, row in panel.lines]] for panel in PANELS],
        "first": main_row(view, timeline)[0],
        "moments": [[one.at, one.text] for one in moments(view.result, timeline)],
    }


def _row(view: View, key: str, row: RowTimes) -> dict[str, Any]:
    return {
        "ok": row.ok,
        "failed": row.failed,
        "p50": row.p50,
        "p95": row.p95,
        "p99": row.p99,
        "curve": [value for _, value in row.curve],
        "slowest": row.slowest,
        "limits": _limits(view.requirements.nfrs, key),
        "interval": next(([one.low, one.high] for one in judged_latency(view, key) if one.low is not None), None),
    }


def _limits(nfrs: Sequence[Nfr], row: str) -> list[list[Any]]:
    """[statistic, limit in ms] of each requirement that limits a latency of this row."""
    return [[nfr.statistic, nfr.limit.value] for nfr in nfrs if nfr.limit.unit == "ms" and nfr.matches(row)]
