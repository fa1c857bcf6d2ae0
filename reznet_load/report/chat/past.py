"""The history of this target's runs, and the known issues of this run."""

from __future__ import annotations

from typing import Any

from reznet_load.history.store import HistoryLine, line_of
from reznet_load.report.sections import advice, history
from reznet_load.report.view import View
from reznet_load.result.context import SHOWN


def names(view: View) -> dict[str, Any]:
    """The values for the template `chat/history.md.j2`: a column for each requirement of the executive summary."""
    columns = [nfr for nfr in view.requirements.nfrs if nfr.summary]
    own = line_of(view.result)
    lines = [*view.context.history[-SHOWN:], *([own] if own.time else [])]
    return {
        "titles": [nfr.title for nfr in columns],
        "history": history.history(view)
        | {"lines": [_table_line(line, [nfr.id for nfr in columns]) for line in lines]},
    }


def _table_line(line: HistoryLine, ids: list[str]) -> dict[str, Any]:
    return history.table_line(line) | {"values": [history.cell(line.value_of(name)) for name in ids]}


def issues(view: View) -> dict[str, Any]:
    """The values for the template `chat/issues.md.j2`."""
    found = advice.names(view)
    return {name: found[name] for name in ("issues", "numbered", "nothing", "opportunities")}
