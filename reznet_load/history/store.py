"""`history.jsonl` in the reports folder: one line a run of any target, kept whole whatever happens to a writer."""

from __future__ import annotations

import fcntl
import json
import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reznet_load.core.rows import FIRST_TOKEN, current
from reznet_load.core.run import MARKS, RunResult
from reznet_load.core.text.foreign_text import safe_all
from reznet_load.core.units import UNITS
from reznet_load.history import sought

FILE = "history.jsonl"
_DIRTY = "-dirty"
_TEXTS = ("run", "time", "scenario", "target", "fingerprint", "outcome")
_NUMBERS = ("value", "low", "high", "n", "n_eff", "percent")
_SIGNS = ("", "~", "▲", "▼")
Line = dict[str, Any]


@dataclass(frozen=True, slots=True)
class DamagedLine:
    """A line that could not be read: its number, from 1, and why."""

    number: int
    reason: str


@dataclass(frozen=True, slots=True)
class History:
    """The readable lines, oldest first, and the damaged ones."""

    lines: tuple[Line, ...]
    damaged: tuple[DamagedLine, ...] = ()


def line_of(result: RunResult) -> Line:
    """What is kept of a run: when, what, where, and each requirement's value, interval and verdict.

    Values are in the unit beside them; `low` and `high` are the two-sided 90 % interval. `sign` and `percent` say how
    a value stood to its comparable past when the run ended. A search has what it found among its values, the users of its
    answer, and the seconds it may take as `search`. `users` is the most there were, `judged` the numbers of them that were
    judged, `first_token` the users' own in ms, of the worst judged phase, whatever row decided `ttfb_mean`.
    """
    info, changes = result.info, {change.id: change for change in result.changes}
    commit = info.commit.removesuffix(_DIRTY)
    return {
        "run": info.id,
        "time": info.started,
        "scenario": info.scenario,
        "target": info.target,
        "users": info.users,
        "judged": sorted({phase.users for phase in info.phases if phase.judged}),
        "mix": info.mix,
        "fingerprint": info.fingerprint,
        "cpu": info.environment.get("cpu", ""),
        "cores": info.environment.get("cores", ""),
        "dialect": info.deployment.dialect,
        "options": info.deployment.options,
        "backend_commit": info.deployment.commit,
        "commit": commit,
        "dirty": commit != info.commit,
        "outcome": result.outcome,
        "void": result.outcome == "void",
        "search": sought.length(info),
        "first_token": _first_token(result),
        "values": {
            id: value | ({"sign": changes[id].sign, "percent": changes[id].percent} if id in changes else {})
            for id, value in (_judged(result) | sought.values(result)).items()
        },
    }


def _judged(result: RunResult) -> dict[str, dict[str, Any]]:
    return {
        v.id: {
            "outcome": v.outcome, "value": v.value, "low": v.low, "high": v.high, "n": v.n, "n_eff": v.n_eff,
            "unit": v.unit, "row": v.row, "sign": "", "percent": None,
        }
        for v in result.verdicts
    }  # fmt: skip


def _first_token(result: RunResult) -> float | None:
    judged = {phase.name for phase in result.info.phases if phase.judged}
    means = [row.mean for row in result.rows if row.key == FIRST_TOKEN.key and row.phase in judged]
    return max((mean for mean in means if mean is not None), default=None)


@contextmanager
def locked(reports: Path) -> Iterator[None]:
    """Alone among the processes that write into `reports`; the lock goes with its process."""
    handle = os.open(reports, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def append(reports: Path, line: Line) -> None:
    """Add a run's line: one write under a lock, whole or not at all. Raises OSError where it cannot be written."""
    raw = (json.dumps(safe_all(line), ensure_ascii=False, allow_nan=False) + "\n").encode()
    with locked(reports):
        handle = os.open(reports / FILE, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            size = os.fstat(handle).st_size
            if size and os.pread(handle, 1, size - 1) != b"\n":  # a writer was killed: its half line stays alone
                raw = b"\n" + raw
            written = os.write(handle, raw)
            if written < len(raw):  # the disk is full
                os.ftruncate(handle, size)
                raise OSError(f"{reports / FILE}: only {written} of {len(raw)} bytes could be written")
        finally:
            os.close(handle)


def read(reports: Path) -> History:
    """The lines by time, of a run reported twice the last; damaged lines by their number."""
    try:
        raw = (reports / FILE).read_bytes()
    except OSError:
        return History(())
    lines: dict[tuple[str, str], Line] = {}
    damaged = []
    for number, text in enumerate(raw.split(b"\n"), 1):
        if not text.strip():
            continue
        try:
            line = checked(safe_all(json.loads(text), masked=False))
        except (ValueError, RecursionError) as error:
            damaged.append(DamagedLine(number, _reason(error)))
            continue
        lines[line["target"], line["run"]] = line
    return History(tuple(sorted(lines.values(), key=lambda line: line["time"])), tuple(damaged))


def _reason(error: Exception) -> str:
    return "not JSON, perhaps cut off" if isinstance(error, json.JSONDecodeError | UnicodeDecodeError) else str(error)


def checked(line: Any) -> Line:
    """`line` if it has what a comparison needs, in the right kinds. Raises ValueError saying what it lacks."""
    if not isinstance(line, dict):
        raise ValueError(f"read {type(line).__name__}, expected an object")
    for name in _TEXTS:
        if not isinstance(line.get(name), str):
            raise ValueError(f"{name} read as {line.get(name)!r:.40}, expected text")
    if not isinstance(line.get("users"), int):
        raise ValueError(f"users read as {line.get('users')!r:.40}, expected a number")
    if not _finite(line.get("search", 0.0)):
        raise ValueError(f"search read as {line['search']!r:.40}, expected seconds")
    if line.get("first_token") is not None and not _finite(line["first_token"]):
        raise ValueError(f"first_token read as {line['first_token']!r:.40}, expected milliseconds")
    judged = line.get("judged", [])  # lines of 0.1.0 have none
    if not isinstance(judged, list) or not all(isinstance(users, int) for users in judged):
        raise ValueError(f"judged read as {judged!r:.40}, expected numbers of users")
    values = line.get("values")
    if not isinstance(values, dict) or not all(isinstance(value, dict) for value in values.values()):
        raise ValueError(f"values read as {values!r:.40}, expected an object of objects")
    for id, value in values.items():
        for name, known in (("unit", UNITS), ("sign", _SIGNS), ("outcome", MARKS)):
            if name in value and (not isinstance(value[name], str) or value[name] not in known):
                raise ValueError(
                    f"{id}: {name} read as {value[name]!r:.40}, expected one of {', '.join(filter(None, known))}"
                )
        for name in _NUMBERS:
            number = value.get(name)
            if number is not None and not _finite(number):
                raise ValueError(f"{id}: {name} read as {number!r:.40}, expected a finite number")
        if isinstance(value.get("row"), str):
            value["row"] = current(value["row"])
    return line


def _finite(number: Any) -> bool:
    return isinstance(number, int | float) and not isinstance(number, bool) and math.isfinite(number)
