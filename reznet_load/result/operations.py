"""The slowest and the failed operations of each failed requirement, from `operations.jsonl` of the run folder."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from reznet_load.core.folder import OPERATIONS
from reznet_load.core.profile import Phase
from reznet_load.core.rows import CONNECT, OPEN_SOCKETS, current
from reznet_load.core.run import RunInfo, RunResult, Verdict
from reznet_load.core.text.foreign_text import for_markdown
from reznet_load.core.units import format_value

MOST = 10
_SHOWN = 120  # characters of a text in a table; the file has 500
_TEXTS = ("error", "user", "channel", "message", "connection", "request_id", "traceparent", "text", "worker")
# A requirement whose row is a gauge -> the row of the operations behind it.
_BEHIND = {OPEN_SOCKETS.key: CONNECT.key}


@dataclass(frozen=True, slots=True)
class KeptOperation:
    """One line of `operations.jsonl`; "" for a text that was not recorded.

    start             s by the master's clock
    value             ms; None if it was not timed
    error             how it failed, "" if it succeeded
    status            of HTTP, None if there was none
    user, channel     which user asked, and where
    worker            the process that sent it
    message, connection, request_id, traceparent   ids to find it in the backend's logs
    text              what the backend said, or what was asked
    """

    row: str
    start: float
    value: float | None
    status: int | None = None
    error: str = ""
    user: str = ""
    channel: str = ""
    message: str = ""
    connection: str = ""
    request_id: str = ""
    traceparent: str = ""
    text: str = ""
    worker: str = ""


@dataclass(frozen=True, slots=True)
class KeptOperations:
    """Operations of one row within one phase, `slowest` and `failed`."""

    row: str
    phase: str
    requirements: tuple[str, ...]
    slowest: tuple[KeptOperation, ...]
    failed: tuple[KeptOperation, ...]


def of_failed(entries: Sequence[KeptOperation], result: RunResult) -> tuple[KeptOperations, ...]:
    """For each row that decided a failed requirement, its operations among `entries` (from `read`); () if there are
    none.
    """
    wanted = _wanted(result.verdicts)
    if not wanted:
        return ()
    phases = {phase.name: phase for phase in result.info.phases}
    found = (_kept(entries, row, phases[name], titles) for (row, name), titles in wanted.items() if name in phases)
    return tuple(one for one in found if one.slowest or one.failed)


def _wanted(verdicts: tuple[Verdict, ...]) -> dict[tuple[str, str], list[str]]:
    wanted: dict[tuple[str, str], list[str]] = {}
    for verdict in verdicts:
        if verdict.outcome == "fail":
            row = _BEHIND.get(verdict.row, verdict.row)
            wanted.setdefault((row, verdict.phase), []).append(verdict.title)
    return wanted


def _kept(entries: Sequence[KeptOperation], row: str, phase: Phase, titles: list[str]) -> KeptOperations:
    mine = [one for one in entries if one.row == row and phase.start <= one.start < phase.end]
    failed = [one for one in mine if one.error]
    slow = sorted((one for one in mine if not one.error and one.value is not None), key=_slowness)
    return KeptOperations(row, phase.name, tuple(titles), tuple(slow[:MOST]), tuple(failed[:MOST]))


def _slowness(entry: KeptOperation) -> float:
    return -(entry.value or 0.0)


def read(folder: Path, info: RunInfo) -> Iterator[KeptOperation]:
    """Entries, with times by the master's clock; torn and invalid lines are left out."""
    try:
        lines = (folder / OPERATIONS).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return
    for line in lines:
        try:
            yield _operation(json.loads(line), info)
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
            continue


def _operation(entry: dict[str, Any], info: RunInfo) -> KeptOperation:
    texts = {name: str(entry[name]) for name in _TEXTS if entry.get(name)}
    value = entry.get("value")
    return KeptOperation(
        row=current(str(entry.get("row") or "")),
        start=float(entry["start"]) - info.clock_offsets.get(texts.get("worker", ""), 0.0),
        value=None if value is None else float(value),
        status=int(entry["status"]) if entry.get("status") else None,
        **texts,
    )


def table(kept: KeptOperations) -> list[dict[str, str]]:
    """Table lines for the document, failed operations first: when, who, where, how long, what was said, and the ids
    sent.
    """
    return [_line(entry) for entry in (*kept.failed, *kept.slowest)]


def _line(entry: KeptOperation) -> dict[str, str]:
    status = f"HTTP {entry.status}" if entry.status else ""
    return {
        "when": datetime.fromtimestamp(entry.start, UTC).strftime("%H:%M:%S.%f")[:-3],
        "took": format_value(entry.value, "ms"),
        "user": _cell(entry.user),
        "channel": _cell(entry.channel),
        "message": _cell(entry.message),
        "said": _cell("; ".join(filter(None, [entry.error, status, entry.text[:_SHOWN]]))),
        "request": _cell(entry.request_id),
    }


def _cell(text: str) -> str:
    """A text of the backend as a cell of a Markdown table, `-` if there is none."""
    return for_markdown(" ".join(text.split())) if text else "-"
