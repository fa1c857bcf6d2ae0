"""What a document takes from other runs of the same target, copied into the run's folder so that it renders alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from reznet_load.core import folder as run_folder
from reznet_load.core.errors import ConfigError
from reznet_load.core.profile import main_phase
from reznet_load.core.rows import named
from reznet_load.core.run import INVALID, SUITE, RunInfo, RunResult
from reznet_load.core.run_files import read_result, upgrade_row
from reznet_load.history import baseline, store
from reznet_load.history.comparable import comparable, left_out

FILE = "context.json"
SHOWN = 20  # lines of the history table


def collect(folder: Path, info: RunInfo, users: int) -> dict[str, Any]:
    """What stands beside the run of `folder` when it is published.

    The latest valid run with `users` users or more, load and suite; the target's last runs before it and those it may be
    compared with, why others are left out, damaged lines; the pinned run, or why it is not used.
    """
    reports = folder.parent
    others = [found for path in sorted(reports.glob(f"*/{run_folder.RESULT}")) if (found := _other(path, folder))]
    same = [one for one in others if one.info.target == info.target and one.outcome not in INVALID]
    loads = [one for one in same if one.info.scenario == "load"]  # not those that go past the limit on purpose
    large = [one for one in loads if one.info.users >= users]
    small = [one for one in loads if one.info.users < users]
    suite = [one for one in same if one.info.scenario == SUITE]
    return {
        "large": _summary(large[-1]) if large else None,
        "load": _summary(small[-1]) if small else None,
        "suite": _summary(suite[-1]) if suite else None,
    } | _past(run_folder.reports_of(folder, info.target), info)


def _past(reports: Path, info: RunInfo) -> dict[str, Any]:
    found, line = store.read(reports), store.line_of(RunResult("", 0, info))
    mine = [one for one in found.lines if one["target"] == info.target]
    before = [one for one in mine if one["time"] <= info.started and one["run"] != info.id]
    like = {one["run"] for one in comparable(line, before)}
    last = {one["run"] for one in before[-SHOWN:]}
    try:
        pinned, refused = baseline.find(reports, line)
    except ConfigError as error:  # a damaged file costs the comparison, not the report
        pinned, refused = None, str(error)
    return {
        "history": [one for one in before if one["run"] in like | last],
        "left_out": left_out(line, before),
        "damaged": [f"line {damage.number}: {damage.reason}" for damage in found.damaged],
        "baseline": pinned,
        "baseline_refused": refused,
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

    main = main_phase(result.info.phases)  # of a stress run one step, not all
    return {
        "run": result.info.id,
        "users": (main.users if main else 0) or result.info.users,
        "outcome": result.outcome,
        "verdicts": [asdict(verdict) for verdict in result.verdicts],
        "rows": [asdict(row) for row in result.rows if main and row.phase == main.name and not named(row.key).is_gauge],
        "seconds": main.seconds if main else 0.0,
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
    pinned = _lines([found.get("baseline")])
    return {
        "large": _whole(found.get("large")),
        "load": _whole(found.get("load")),
        "suite": _whole(found.get("suite")),
        "history": _lines(found.get("history")),
        "left_out": _texts(found.get("left_out")),
        "damaged": _texts(found.get("damaged")),
        "baseline": pinned[0] if pinned else None,
        "baseline_refused": str(found.get("baseline_refused") or ""),
    }


def _lines(found: Any) -> list[store.Line]:
    """Those of `found` that are lines of a history."""
    kept = []
    for line in found if isinstance(found, list) else []:
        try:
            kept.append(store.checked(line))
        except ValueError:
            continue
    return kept


def _texts(found: Any) -> list[str]:
    return [str(one) for one in found] if isinstance(found, list) else []


def _whole(entry: Any) -> dict[str, Any] | None:
    """An entry with everything that `_summary` writes, else none."""
    needed = {"run", "users", "outcome", "verdicts", "rows", "seconds"}
    if not isinstance(entry, dict) or not needed <= entry.keys():
        return None
    for row in entry["rows"]:
        upgrade_row(row)
    return entry
