"""`history.jsonl` in the reports folder: one line for each run of any target.

A line is complete, or it is left out as damaged if its writer was killed.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from reznet_load.core.rows import FIRST_TOKEN
from reznet_load.core.run import RunResult
from reznet_load.core.text.foreign_text import safe_all
from reznet_load.history import sought
from reznet_load.history.line import HistoryLine, HistoryValue, from_dict, to_dict

FILE = "history.jsonl"
_DIRTY = "-dirty"


@dataclass(frozen=True, slots=True)
class DamagedLine:
    """A line that could not be read: its number, counted from 1, and the reason."""

    number: int
    reason: str


@dataclass(frozen=True, slots=True)
class History:
    """The readable lines, oldest first, and the damaged lines."""

    lines: tuple[HistoryLine, ...]
    damaged: tuple[DamagedLine, ...] = ()


def line_of(result: RunResult) -> HistoryLine:
    """What the history keeps of `result`: its requirements' values, and the results of a search."""
    info, changes = result.info, {change.id: change for change in result.changes}
    commit = info.commit.removesuffix(_DIRTY)
    found = _judged(result) | sought.values(result)
    return HistoryLine(
        run=info.id,
        time=info.started,
        scenario=info.scenario,
        target=info.target,
        users=info.users,
        judged=tuple(sorted({phase.users for phase in info.phases if phase.judged})),
        mix=info.mix,
        fingerprint=info.fingerprint,
        cpu=info.environment.get("cpu", ""),
        cores=info.environment.get("cores", ""),
        dialect=info.deployment.dialect,
        options=info.deployment.options,
        backend_commit=info.deployment.commit,
        commit=commit,
        dirty=commit != info.commit,
        outcome=result.outcome,
        search=sought.length(info),
        first_token=_first_token(result),
        stopped=bool(info.stopped),
        values={
            id: replace(value, sign=changes[id].sign, percent=changes[id].percent) if id in changes else value
            for id, value in found.items()
        },
    )


def _judged(result: RunResult) -> dict[str, HistoryValue]:
    return {v.id: HistoryValue(v.value, v.low, v.high, v.n, v.n_eff, v.unit, v.row, v.outcome) for v in result.verdicts}


def _first_token(result: RunResult) -> float | None:
    judged = {phase.name for phase in result.info.phases if phase.judged}
    means = [row.mean for row in result.rows if row.key == FIRST_TOKEN.key and row.phase in judged]
    return max((mean for mean in means if mean is not None), default=None)


@contextmanager
def locked(reports: Path) -> Iterator[None]:
    """Lock `reports` against other writing processes. The system releases the lock when the process ends."""
    handle = os.open(reports, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def append(reports: Path, line: HistoryLine) -> None:
    """Append a run's line with one write under a lock. Raises OSError if the line cannot be written completely."""
    raw = (json.dumps(safe_all(to_dict(line)), ensure_ascii=False, allow_nan=False) + "\n").encode()
    with locked(reports):
        handle = os.open(reports / FILE, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            size = os.fstat(handle).st_size
            # a writer was killed: begin a new line, so that its incomplete line stays separate
            if size and os.pread(handle, 1, size - 1) != b"\n":
                raw = b"\n" + raw
            written = os.write(handle, raw)
            if written < len(raw):  # the disk is full
                os.ftruncate(handle, size)
                raise OSError(f"{reports / FILE}: only {written} of {len(raw)} bytes could be written")
        finally:
            os.close(handle)


def read(reports: Path) -> History:
    """The lines by time, and the damaged lines by number. If a run was reported twice, only its last line counts."""
    try:
        raw = (reports / FILE).read_bytes()
    except OSError:
        return History(())
    lines: dict[tuple[str, str], HistoryLine] = {}
    damaged = []
    for number, text in enumerate(raw.split(b"\n"), 1):
        if not text.strip():
            continue
        try:
            line = from_dict(safe_all(json.loads(text), masked=False))
        except (ValueError, RecursionError) as error:
            damaged.append(DamagedLine(number, _reason(error)))
            continue
        lines[line.target, line.run] = line
    return History(tuple(sorted(lines.values(), key=lambda line: line.time)), tuple(damaged))


def _reason(error: Exception) -> str:
    return "not JSON, perhaps cut off" if isinstance(error, json.JSONDecodeError | UnicodeDecodeError) else str(error)
