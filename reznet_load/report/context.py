"""What a document takes from other runs of the same target, copied into the run's folder so that it renders alone."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from reznet_load.core import folder as run_folder
from reznet_load.core.errors import ConfigError
from reznet_load.core.run import RunResult, read_result
from reznet_load.history import store

FILE = "context.json"
LARGE = 100  # users of the run that "Stress Test (100 users)" of the document is
_HISTORY_LINES = 20
_BEYOND = ("stress", "herd")  # these go past what the requirement asks, and would be compared with it unfairly
_INVALID = ("void", "interrupted")
_EMPTY: dict[str, Any] = {"large": None, "load": None, "history": [], "damaged": 0}


def collect(folder: Path, result: RunResult) -> dict[str, Any]:
    """The latest valid run with 100 users and the latest load beside this one, and the history's last lines."""
    reports, target = folder.parent, result.info.target
    others = [found for path in reports.glob(f"*/{run_folder.RESULT}") if (found := _other(path, folder))]
    same = [one for one in others if one.info.target == target and one.outcome not in _INVALID]
    same.sort(key=lambda one: (one.info.started, one.info.id))
    large = [one for one in same if one.info.users >= LARGE and one.info.scenario not in _BEYOND]
    small = [one for one in same if one.info.users < LARGE and one.info.scenario == "load"]
    kept = store.read(reports)
    return {
        "large": _summary(large[-1]) if large else None,
        "load": _summary(small[-1]) if small else None,
        "history": [line for line in kept.lines if line.get("target") == target][-_HISTORY_LINES:],
        "damaged": kept.damaged,
    }


def _other(path: Path, folder: Path) -> RunResult | None:
    if path.parent.is_symlink() or path.parent.resolve() == folder.resolve():
        return None
    try:
        return read_result(path)
    except ConfigError:
        return None


def _summary(result: RunResult) -> dict[str, Any]:
    phases = [phase for phase in result.info.phases if phase.judged]
    main = max(phases, key=lambda phase: (phase.users, phase.seconds), default=None)
    shown = [row for row in result.rows if main and row.phase in (main.name, "whole run")]
    return {
        "run": result.info.id,
        "users": main.users if main else result.info.users,
        "outcome": result.outcome,
        "verdicts": [asdict(verdict) for verdict in result.verdicts],
        "rows": [asdict(row) for row in shown if not row.key.startswith("GAUGE")],
        "seconds": main.seconds if main else 0.0,
    }


def write(folder: Path, context: dict[str, Any]) -> None:
    """`context.json` of a run folder."""
    run_folder.write_text(folder / FILE, json.dumps(context, ensure_ascii=False, indent=1) + "\n")


def read(folder: Path) -> dict[str, Any]:
    """The context a folder was rendered with; an empty one where there is none or it cannot be read."""
    try:
        found = json.loads((folder / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        found = {}
    return _EMPTY | (found if isinstance(found, dict) else {})
