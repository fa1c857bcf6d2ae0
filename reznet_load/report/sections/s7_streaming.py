"""Section 7: how replies stream, to users and from providers that were asked directly."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from reznet_load.core.measured.measurement import Row
from reznet_load.core.measured.named_row import NamedRow
from reznet_load.core.measured.streaming import STALL_SECONDS
from reznet_load.core.rows import (
    CHUNK_GAP,
    FAILED_GAP,
    PAYLOAD_SAVED,
    PLAIN_BYTES,
    PROVIDER_GAP,
    REPLY_CHUNK_RATE,
    REPLY_CHUNKS,
    REPLY_LARGEST_GAP,
    REPLY_STALLS,
    WIRE_BYTES,
    of_provider,
)
from reznet_load.core.run import MARKS
from reznet_load.core.units import format_value
from reznet_load.report.lines import row, status
from reznet_load.report.parts.blocks import block, of_failed
from reznet_load.report.parts.provider_rows import asked
from reznet_load.report.parts.sentences import (
    ActionItems,
    action_items,
    margin,
    outcome_in,
    target,
    unmeasured,
    where_time_went,
)
from reznet_load.report.view import View, ms

_NFR = "inter_chunk_mean"
_SECTION = 7
_STALL = f"{STALL_SECONDS:g} s"


def names(view: View) -> dict[str, Any]:
    """The values for the template `s7_streaming.md.j2`."""
    return {
        "target": target(view, _NFR),
        "status": _status(view),
        "gap": block(view, CHUNK_GAP.key),
        "of_failed": of_failed(view, FAILED_GAP.key),
        "chunks": _chunks(view),
        "stall": _STALL,
        "streaming": _figures(view),
        "streams": _columns(view),
        "stream_lines": _table(view),
        "analysis": analysis(view),
        "actions": _actions(view),
    }


def _status(view: View) -> str:
    """The status of the section, with advisory requirements that fail; they are named but do not change the status."""
    section = {nfr.id for nfr in view.requirements.nfrs if nfr.section == _SECTION and not nfr.required}
    failed = [v.title for v in view.result.verdicts if v.id in section and v.outcome == "fail"]
    return status(view, _NFR) + (f". Advisory, {MARKS['fail']}: {', '.join(failed)}" if failed else "")


def _chunks(view: View) -> str:
    found, _ = row(view, REPLY_CHUNKS.key)
    return format_value(_total(found), "count")


def analysis(view: View) -> list[str]:
    """Sentences on how the replies of this run streamed."""
    gap, chunks = view.row(CHUNK_GAP.key), view.row(REPLY_CHUNKS.key)
    found = margin(view, _NFR) + where_time_went(view, _NFR)
    if gap and chunks and chunks.mean:
        found.append(f"A reply has {chunks.mean:.0f} chunks on average; 95 % of the gaps are below {ms(gap.p95)}.")
    return found or unmeasured(view, _NFR)


def _actions(view: View) -> ActionItems:
    negotiated = outcome_in(view, "compression") == "pass"
    return action_items(
        (view.row(CHUNK_GAP.key) is not None, "Time every gap between chunks"),
        (negotiated, "Verify that WebSocket compression is negotiated"),
        (view.row(PAYLOAD_SAVED.key) is not None, "Measure what short keys save"),
    )


def _total(row: Row | None) -> float | None:
    return None if row is None or row.mean is None else row.mean * row.count


def _figures(view: View) -> dict[str, str]:
    """The values of the result block: chunks and stalls of all users, and what compression and short keys saved."""
    chunks, saved = view.row(REPLY_CHUNKS.key), view.row(PAYLOAD_SAVED.key)
    rate = None if chunks is None or chunks.mean is None or chunks.rate is None else chunks.mean * chunks.rate
    return {
        "rate": format_value(rate, "/s"),
        "stalls": _stalls(view),
        "wire": _wire(view),
        "saved": format_value(saved.mean if saved else None, "%"),
    }


def _stalls(view: View) -> str:
    """The number of replies with stalls; for folders without this count, the largest gap."""
    counted, gap = view.row(REPLY_STALLS.key), view.row(CHUNK_GAP.key)
    if counted is not None or gap is None or gap.maximum is None:
        return format_value(_total(counted), "count") + (_never_ended(gap.missing) if counted and gap else "")
    return "0" if gap.maximum <= 1000 * STALL_SECONDS else "at least 1"


def _never_ended(gaps: int) -> str:
    return f", besides {gaps} gap{'' if gaps == 1 else 's'} that never ended" if gaps else ""


def _wire(view: View) -> str:
    wire, plain = _total(view.row(WIRE_BYTES.key)), _total(view.row(PLAIN_BYTES.key))
    if not wire or not plain:
        return "-"
    share = format_value(100 * (1 - wire / plain), "%")
    return f"{_size(plain)} of frames became {_size(wire)} on the wire ({share} saved)"


def _size(size: float) -> str:
    """`size` in bytes with a suitable unit."""
    return format_value(size / 1e6, "MB") if size >= 1e6 else f"{size / 1e3:.1f} kB"


def _columns(view: View) -> list[str]:
    """The columns of the table: users if their replies streamed, then the providers that were asked directly."""
    streaming = ["agent users"] if view.row(CHUNK_GAP.key) else []
    return streaming + [f"{name} alone" for name in asked(view) if view.row(PROVIDER_GAP.of(name).key)]


def _table(view: View) -> list[dict[str, Any]]:
    """A line for each figure, with a cell for each of `_columns`."""
    names = [column.removesuffix(" alone") for column in _columns(view)]

    def line(label: str, what: NamedRow, cell: Callable[[Row], str]) -> dict[str, Any]:
        rows = (view.row(_key(name, what)) for name in names)
        return {"label": label, "cells": [cell(row) if row and row.mean is not None else "-" for row in rows]}

    def mean(row: Row) -> str:
        return format_value(row.mean, row.unit)

    def gaps_cell(row: Row) -> str:
        return ", ".join(map(ms, (row.mean, row.p95, row.maximum)))

    def stalls(row: Row) -> str:
        return f"{format_value(_total(row), 'count')}, {row.mean:.2f}"

    return [
        line("Replies", REPLY_CHUNKS, lambda row: str(row.count)),
        line("Gap between chunks: average, p95, largest", CHUNK_GAP, gaps_cell),
        line("Largest gap of a reply: average", REPLY_LARGEST_GAP, mean),
        line("Chunks of a reply: average", REPLY_CHUNKS, mean),
        line("Chunks per second while a reply streams: average", REPLY_CHUNK_RATE, mean),
        line(f"Stalls (gap > {_STALL}): in all, per reply", REPLY_STALLS, stalls),
    ]


def _key(name: str, what: NamedRow) -> str:
    """The key of the row `what` of users, or of the provider `name`."""
    if name == "agent users":
        return what.key
    return PROVIDER_GAP.of(name).key if what is CHUNK_GAP else of_provider(what, name).key
