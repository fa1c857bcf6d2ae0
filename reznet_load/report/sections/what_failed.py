"""The table of failures: what failed, how often and when, the backend's error text, and how to search its logs."""

from __future__ import annotations

import shlex
from datetime import UTC, datetime
from typing import Any

from reznet_load.core.failed.failed_kind import FailedKind, by_row
from reznet_load.core.text.foreign_text import OwnMarkdown, for_markdown
from reznet_load.core.units import format_value
from reznet_load.report.first_screen import first_screen
from reznet_load.report.parts.failure_sentences import says
from reznet_load.report.parts.less_load import of_row
from reznet_load.report.view import View

_SHOWN = 12  # most kinds of failure; DETAILS.md has the others
_SAID = 200  # most characters of an error text; operations.jsonl has 500


def names(view: View) -> dict[str, Any]:
    """The values for the template `what_failed.md.j2`."""
    found = view.result.failures
    quoted = {one.said: number for number, one in enumerate(first_screen(view).problems, 1) if one.said}
    return {
        "kinds": [
            cells(one) | ({"said": f"quoted with problem {quoted[one]}"} if one in quoted else {})
            for one in found[:_SHOWN]
        ],
        "more": max(0, len(found) - _SHOWN),
        "load": _load(view, list(by_row(found[:_SHOWN]))),
        "operations": view.result.operations,
    }


def _load(view: View, rows: list[str]) -> list[dict[str, str]]:
    """Lines on whether the load is the cause, if runs with fewer users show it; rows with the same answer share a line."""
    answers: dict[str, list[str]] = {}
    for row in rows:
        if answer := of_row(view, row, unknown=False):
            answers.setdefault(answer, []).append(for_markdown(row))
    return [{"rows": ", ".join(mine), "text": text} for text, mine in answers.items()]


def rest(view: View) -> list[dict[str, str]]:
    """The lines of kinds of failure that the results document does not show."""
    return [cells(one) for one in view.result.failures[_SHOWN:]]


def cells(one: FailedKind) -> dict[str, str]:
    """The cells of a kind of failure in the table."""
    return {
        "row": for_markdown(one.row),
        "kind": for_markdown(one.error),
        "failed": f"{one.count} of {one.total}",
        "share": format_value(100 * one.count / max(one.total, 1), "%"),
        "first": _clock(one.first),
        "last": _clock(one.last),
        "said": f"“{for_markdown(one.text, _SAID)}”" if says(one) else "-",
        "search": search(one),
    }


def search(one: FailedKind) -> str:
    """The command that finds these failures in the folder of the backend's logs; `-` if no id was kept."""
    if not one.searched:
        return "-"
    words = " ".join(f"-e {shlex.quote(id)}" for id in one.searched)
    return OwnMarkdown(f"`grep -rn {words} LOGS`") if _plain(words) else for_markdown(f"grep -rn {words} LOGS")


def _plain(words: str) -> bool:
    """Can `words` be shown as code in a cell of a table?"""
    return not set(words) & set("`|\n<")


def _clock(at: float | None) -> str:
    return "-" if at is None else datetime.fromtimestamp(at, UTC).strftime("%H:%M:%S")
