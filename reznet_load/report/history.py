"""The run history of the document: the seed's first line, then this target's runs."""

from __future__ import annotations

from typing import Any

from reznet_load.core.run import MARKS
from reznet_load.core.units import format_value
from reznet_load.report.view import View

_COLUMNS = ("agent_response_p95", "db_query_p95", "ttfb_mean", "api_p50", "cache_hit_rate")
_FIRST = {"date": "2025-11-04", "values": ["-"] * len(_COLUMNS), "notes": "Initial test suite created"}


def history_lines(view: View) -> list[dict[str, Any]]:
    """Date, the five values with their marks, notes."""
    return [_FIRST, *(_line(entry) for entry in view.context["history"])]


def _line(entry: dict[str, Any]) -> dict[str, Any]:
    values = [_cell(entry["values"].get(name)) for name in _COLUMNS]
    notes = f"{entry.get('scenario', '?')}, {entry.get('users', '?')} users, {entry.get('outcome', '?')}"
    commit = entry.get("backend_commit") or ""
    return {
        "date": str(entry.get("time", ""))[:16].replace("T", " "),
        "values": values,
        "notes": f"{notes} {commit}".strip(),
    }


def _cell(value: dict[str, Any] | None) -> str:
    if not value or value.get("value") is None:
        return "-"
    mark = MARKS.get(value.get("outcome", ""), "").split(" ")[0]
    return f"{format_value(value['value'], value.get('unit', 'ms'))} {mark}".strip()
