"""What a document takes from other runs of the same target, copied into the run's folder so that it renders alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from reznet_load.core import folder as run_folder
from reznet_load.core.errors import ConfigError
from reznet_load.core.run import RunResult, read_result
from reznet_load.history import store

FILE = "context.json"
_HISTORY_LINES = 20
_INVALID = ("void", "interrupted")
_LARGE = 100  # users of the run that "Stress Test (100 users)" of the document is


def collect(folder: Path, result: RunResult) -> dict[str, Any]:
    """The latest valid run with 100 users and the latest load beside this one, and the history's last lines."""
    reports = folder.parent
    others = [found for path in sorted(reports.glob(f"*/{run_folder.RESULT}")) if (found := _other(path, folder))]
    same = [one for one in others if one.info.target == result.info.target and one.outcome not in _INVALID]
    large = [one for one in same if one.info.users >= _LARGE]
    small = [one for one in same if one.info.scenario == "load" and one.info.users < _LARGE]
    return {
        "large": _summary(large[-1]) if large else None,
        "load": _summary(small[-1]) if small else None,
        "history": [line for line in store.read(reports) if line.get("target") == result.info.target][-_HISTORY_LINES:],
    }


def _other(path: Path, folder: Path) -> RunResult | None:
    if path.parent.is_symlink() or path.parent == folder:
        return None
    try:
        return read_result(path)
    except ConfigError:
        return None


def _summary(result: RunResult) -> dict[str, Any]:
    from dataclasses import asdict

    judged = {phase.name for phase in result.info.phases if phase.judged}
    return {
        "run": result.info.id,
        "users": result.info.users,
        "outcome": result.outcome,
        "verdicts": [asdict(verdict) for verdict in result.verdicts],
        "rows": [asdict(row) for row in result.rows if row.phase in judged and not row.key.startswith("GAUGE")],
        "seconds": sum(phase.seconds for phase in result.info.phases if phase.judged),
    }


def write(folder: Path, context: dict[str, Any]) -> None:
    """`context.json` of a run folder."""
    run_folder.write_text(folder / FILE, json.dumps(context, ensure_ascii=False, indent=1) + "\n")


def read(folder: Path) -> dict[str, Any]:
    """The context a folder was rendered with; an empty one where there is none."""
    try:
        found = json.loads((folder / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        found = {}
    found = found if isinstance(found, dict) else {}
    history = found.get("history")
    return {
        "large": _whole(found.get("large")),
        "load": _whole(found.get("load")),
        "history": [line for line in history if isinstance(line, dict)] if isinstance(history, list) else [],
    }


def _whole(entry: Any) -> dict[str, Any] | None:
    """An entry with everything that `_summary` writes, else none."""
    needed = {"run", "users", "outcome", "verdicts", "rows", "seconds"}
    return entry if isinstance(entry, dict) and needed <= entry.keys() else None
