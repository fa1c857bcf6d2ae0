"""What a document uses from other runs of the same target; it is copied into the run's folder, which then renders
alone.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from reznet_load.core import folder as run_folder
from reznet_load.core.errors import ConfigError
from reznet_load.core.measured.measurement import Row
from reznet_load.core.on_purpose import on_purpose
from reznet_load.core.profile import main_phase
from reznet_load.core.rows import named
from reznet_load.core.run import INVALID, SUITE, RunInfo, RunResult, Verdict
from reznet_load.core.run_files import build, read_result, upgrade_row, upgrade_verdict
from reznet_load.history import baseline, store
from reznet_load.history.comparable import comparable, left_out
from reznet_load.history.line import HistoryLine, from_dict, to_dict

FILE = "context.json"


@dataclass(frozen=True, slots=True)
class OtherRun:
    """Another run of the target: its verdicts, and the rows of its main phase, which lasted `seconds` with `users`."""

    run: str
    users: int
    outcome: str
    verdicts: tuple[Verdict, ...]
    rows: tuple[Row, ...]
    seconds: float

    def row(self, key: str) -> Row | None:
        """The row `key`."""
        return next((row for row in reversed(self.rows) if row.key == key), None)


@dataclass(frozen=True, slots=True)
class RunContext:
    """Other runs that are shown next to a run in its document.

    large, load, suite   the latest valid run with the expected users or more, the latest smaller load run, the latest
                         suite
    history              the target's last runs before it and those that it may be compared with, oldest first
    left_out, damaged    why other runs are not compared; damaged lines of the history
    baseline             the pinned run; if there is none, or it cannot be used, `baseline_refused` says why
    """

    large: OtherRun | None = None
    load: OtherRun | None = None
    suite: OtherRun | None = None
    history: tuple[HistoryLine, ...] = ()
    left_out: tuple[str, ...] = ()
    damaged: tuple[str, ...] = ()
    baseline: HistoryLine | None = None
    baseline_refused: str = ""

    def latest(self, *kinds: str) -> tuple[tuple[str, OtherRun], ...]:
        """Those of the `kinds` (`load`, `large`, `suite`) that exist, in this order."""
        found = {"load": self.load, "large": self.large, "suite": self.suite}
        return tuple((kind, one) for kind in kinds if (one := found[kind]) is not None)


SHOWN = 20  # lines of the history table


def _same_target(one: RunInfo, info: RunInfo) -> bool:
    """Were both runs against the same target, and was it made slow or faulty by the same options, or by none?"""
    mine, its = (on_purpose(run.deployment.options) for run in (info, one))
    return one.target == info.target and mine == its


def collect(folder: Path, info: RunInfo, users: int) -> RunContext:
    """The other runs to show with the run of `folder`, at the time it is published.

    The latest valid run with `users` users or more, load and suite, each of a target with the same faults as this
    run's; the target's last runs before it and those it may be compared with, why others are left out, damaged lines;
    the pinned run, or why it is not used.
    """
    reports = folder.parent
    others = [found for path in sorted(reports.glob(f"*/{run_folder.RESULT}")) if (found := _other(path, folder))]
    same = [one for one in others if _same_target(one.info, info) and one.outcome not in INVALID]
    loads = [one for one in same if one.info.scenario == "load"]  # not runs that exceed the limit on purpose
    large = [one for one in loads if one.info.users >= users]
    small = [one for one in loads if one.info.users < users]
    suite = [one for one in same if one.info.scenario == SUITE]
    past = _past(run_folder.reports_of(folder, info.target), info)
    latest = [_summary(found[-1]) if found else None for found in (large, small, suite)]
    return replace(past, large=latest[0], load=latest[1], suite=latest[2])


def _past(reports: Path, info: RunInfo) -> RunContext:
    """The history and the baseline of the context."""
    found, line = store.read(reports), store.line_of(RunResult("", 0, info))
    mine = [one for one in found.lines if one.target == info.target]
    before = [one for one in mine if one.time <= info.started and one.run != info.id]
    like = {one.run for one in comparable(line, before)}
    last = {one.run for one in before[-SHOWN:]}
    try:
        pinned, refused = baseline.find(reports, line)
    except ConfigError as error:  # a damaged file prevents the comparison, not the report
        pinned, refused = None, str(error)
    return RunContext(
        history=tuple(one for one in before if one.run in like | last),
        left_out=tuple(left_out(line, before)),
        damaged=tuple(f"line {damage.number}: {damage.reason}" for damage in found.damaged),
        baseline=pinned,
        baseline_refused=refused,
    )


def _other(path: Path, folder: Path) -> RunResult | None:
    if path.parent.is_symlink() or path.parent == folder:
        return None
    try:
        return read_result(path)
    except ConfigError:
        return None


def _summary(result: RunResult) -> OtherRun:
    main = main_phase(result.info.phases)  # one step of a stress run, not all
    return OtherRun(
        run=result.info.id,
        users=(main.users if main else 0) or result.info.users,
        outcome=result.outcome,
        verdicts=result.verdicts,
        rows=tuple(row for row in result.rows if main and row.phase == main.name and not named(row.key).is_gauge),
        seconds=main.seconds if main else 0.0,
    )


def write(folder: Path, context: RunContext) -> None:
    """Write `context.json` of a run folder."""
    pinned = context.baseline
    written = asdict(context) | {
        "history": [to_dict(line) for line in context.history],
        "baseline": None if pinned is None else to_dict(pinned),
    }
    run_folder.write_text(folder / FILE, json.dumps(written, ensure_ascii=False, indent=1) + "\n")


def read(folder: Path) -> RunContext:
    """The context that a folder was rendered with; empty if there is none. Damaged parts are left out."""
    try:
        found = json.loads((folder / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        found = {}
    found = found if isinstance(found, dict) else {}
    pinned = _lines([found.get("baseline")])
    return RunContext(
        large=_other_run(found.get("large")),
        load=_other_run(found.get("load")),
        suite=_other_run(found.get("suite")),
        history=_lines(found.get("history")),
        left_out=_texts(found.get("left_out")),
        damaged=_texts(found.get("damaged")),
        baseline=pinned[0] if pinned else None,
        baseline_refused=str(found.get("baseline_refused") or ""),
    )


def _lines(found: Any) -> tuple[HistoryLine, ...]:
    """The entries of `found` that are valid lines of a history."""
    kept = []
    for line in found if isinstance(found, list) else []:
        try:
            kept.append(from_dict(line))
        except ValueError:
            continue
    return tuple(kept)


def _texts(found: Any) -> tuple[str, ...]:
    return tuple(str(one) for one in found) if isinstance(found, list) else ()


def _other_run(entry: Any) -> OtherRun | None:
    """A run of the context, written by this or an earlier version; None if it is not one, or incomplete."""
    try:
        for row in entry["rows"]:
            upgrade_row(row)
        for verdict in entry["verdicts"]:
            upgrade_verdict(verdict)
        return build(OtherRun, entry, {"verdicts": Verdict, "rows": Row})
    except (TypeError, KeyError, AttributeError, ValueError):
        return None
