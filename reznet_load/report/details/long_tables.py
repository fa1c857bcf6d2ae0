"""Long tables of sections 1, 2, 3 and 7: parts of the time, plans and statements, comparisons of providers and streams."""

from __future__ import annotations

from typing import Any

from reznet_load.report.sections import s2_database, s3_first_byte, s7_streaming
from reznet_load.report.view import View

_TABLES = ("plans", "statements", "providers", "side_by_side", "streams", "stream_lines")


def names(view: View) -> dict[str, Any]:
    """The values for the template `long_tables.md.j2`: tables by the names that the sections use."""
    found = s2_database.names(view) | s3_first_byte.names(view) | s7_streaming.names(view)
    return {name: found[name] for name in _TABLES} | {"times": _times(view)}


def _times(view: View) -> list[dict[str, str]]:
    """For each failed requirement on a time: its title, and the parts of its time in ms."""
    titles = {nfr.id: nfr.title for nfr in view.requirements.nfrs}
    return [
        {"title": titles.get(id, id), "text": one.split.times}
        for one in view.result.findings
        if one.kind == "time"
        for id in one.about
    ]
