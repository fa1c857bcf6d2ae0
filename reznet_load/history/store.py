"""`history.jsonl`: one line a run, appended in a single write so that two runs at once cannot mix their lines."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from reznet_load.core.run import RunResult

FILE = "history.jsonl"


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
    """Add a run's line."""
    raw = (json.dumps(line_of(result), ensure_ascii=False) + "\n").encode()
    handle = os.open(reports / FILE, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(handle, raw)  # one write below O_APPEND lands whole at the end
    finally:
        os.close(handle)


def read(reports: Path) -> list[dict[str, Any]]:
    """The lines in their order; damaged ones are left out."""
    try:
        lines = (reports / FILE).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    found = []
    for line in lines:
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict) and isinstance(entry.get("run"), str) and isinstance(entry.get("values"), dict):
            found.append(entry)
    return found
