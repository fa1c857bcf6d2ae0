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
_TEXTS = ("row", "error", "user", "channel", "message", "connection", "request_id", "traceparent", "text", "worker")
# A requirement whose row is a gauge -> the row of the operations behind it.
_BEHIND = {OPEN_SOCKETS.key: CONNECT.key}


@dataclass(frozen=True, slots=True)
class Kept:
    """Operations of one row within one phase: `slowest` and `failed`, as they lie in the file, times by our clock."""

    row: str
    phase: str
    requirements: tuple[str, ...]
    slowest: tuple[dict[str, Any], ...]
    failed: tuple[dict[str, Any], ...]


def of_failed(entries: Sequence[dict[str, Any]], result: RunResult) -> tuple[Kept, ...]:
    """Of the `entries` of a run (`read`) those of each row that decided a failed requirement; () where nothing was kept."""
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


def _kept(entries: Sequence[dict[str, Any]], row: str, phase: Phase, titles: list[str]) -> Kept:
    mine = [one for one in entries if one["row"] == row and phase.start <= one["start"] < phase.end]
    failed = [one for one in mine if one.get("error")]
    slow = sorted((one for one in mine if not one.get("error") and one.get("value") is not None), key=_slowness)
    return Kept(row, phase.name, tuple(titles), tuple(slow[:MOST]), tuple(failed[:MOST]))


def _slowness(entry: dict[str, Any]) -> float:
    return -float(entry["value"])


def read(folder: Path, info: RunInfo) -> Iterator[dict[str, Any]]:
    """Entries by the master's clock; torn and strange lines are left out."""
    try:
        lines = (folder / OPERATIONS).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return
    for line in lines:
        try:
            entry = json.loads(line)
            start, value = float(entry["start"]), entry.get("value")
            texts = {name: str(entry[name]) for name in _TEXTS if entry.get(name)}
            status = int(entry["status"]) if entry.get("status") else None
            known = {"start": start - info.clock_offsets.get(texts.get("worker", ""), 0.0), "status": status}
            texts["row"] = current(texts.get("row", ""))
            yield texts | known | {"value": None if value is None else float(value)}
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
            continue


def table(kept: Kept) -> list[dict[str, str]]:
    """Lines for the document, failed ones first: when, who, where, how long, what was said, and the ids that were sent."""
    return [_line(entry) for entry in (*kept.failed, *kept.slowest)]


def _line(entry: dict[str, Any]) -> dict[str, str]:
    status = f"HTTP {entry['status']}" if entry["status"] else ""
    return {
        "when": datetime.fromtimestamp(entry["start"], UTC).strftime("%H:%M:%S.%f")[:-3],
        "took": format_value(entry["value"], "ms"),
        "user": _cell(entry.get("user", "-")),
        "channel": _cell(entry.get("channel", "-")),
        "message": _cell(entry.get("message", "-")),
        "said": _cell("; ".join(filter(None, [entry.get("error"), status, entry.get("text", "")[:_SHOWN]])) or "-"),
        "request": _cell(entry.get("request_id", "-")),
    }


def _cell(text: str) -> str:
    """A text of the backend's in a cell of a Markdown table."""
    return "-" if text == "-" else for_markdown(" ".join(text.split()))
