"""`history.jsonl`: one line a run, appended in a single write so that two runs at once cannot mix their lines."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reznet_load.core.run import RunResult

FILE = "history.jsonl"


@dataclass(frozen=True, slots=True)
class History:
    """The runs kept so far, oldest first, and how many lines of the file could not be read."""

    lines: tuple[dict[str, Any], ...] = ()
    damaged: int = 0


def line_of(result: RunResult) -> dict[str, Any]:
    """What is kept of a run: when, what, where, and each judged value with its interval."""
    info = result.info
    return {
        "run": info.id,
        "time": info.started,
        "scenario": info.scenario,
        "target": info.target,
        "users": info.users,
        "fingerprint": info.fingerprint,
        "backend_commit": info.backend_commit,
        "commit": info.commit,
        "outcome": result.outcome,
        "values": {
            v.id: {"outcome": v.outcome, "value": v.value, "low": v.low, "high": v.high, "n": v.n, "unit": v.unit}
            for v in result.verdicts
            if v.value is not None
        },
    }


def append(reports: Path, result: RunResult) -> None:
    """Add a run's line. A line that an earlier crash left torn stays torn and takes no other with it."""
    path = reports / FILE
    raw = (json.dumps(line_of(result), ensure_ascii=False, allow_nan=False) + "\n").encode()
    handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        size = os.fstat(handle).st_size
        torn = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
        os.write(handle, b"\n" + raw if torn else raw)  # one write under O_APPEND lands whole at the end
    finally:
        os.close(handle)


def read(reports: Path) -> History:
    """The file's runs in their order; damaged lines are left out and counted. No file: no runs."""
    try:
        lines = (reports / FILE).read_text(encoding="utf-8", errors="replace").split("\n")
    except OSError:
        return History()
    written = [line for line in lines if line.strip()]
    found = [entry for line in written if (entry := _entry(line)) is not None]
    return History(tuple(found), len(written) - len(found))


def _entry(line: str) -> dict[str, Any] | None:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return None
    known = isinstance(entry, dict) and isinstance(entry.get("run"), str) and isinstance(entry.get("values"), dict)
    return entry if known and all(isinstance(value, dict) for value in entry["values"].values()) else None
