"""One duel of the embedded target, run by the command itself, and two single runs of the same pair with `compare`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.duel.neighbour import neighbour
from reznet_load.report.comparison.compare import compare
from reznet_load.report.comparison.side import Side, read

_MINUTE = 60
_REPLIES = "CHAT agent turn"


@dataclass(frozen=True, slots=True)
class Found:
    """A row whose change is a line of the document, in percent: estimate and its 90 % interval."""

    row: str
    estimate: float
    low: float
    high: float
    slower: bool


@dataclass(frozen=True, slots=True)
class LiveDuel:
    """One duel.

    outcome     pass, warning, fail, void, interrupted or unjudged; "no run" where it left no folder
    void        why it is void, a sentence each
    cautions    names of all cautions
    rows        changes of latencies
    load        average number of processes that ran or waited, over its last minute
    """

    code: int
    outcome: str
    void: tuple[str, ...]
    cautions: tuple[str, ...]
    rows: tuple[Found, ...]
    seconds: float
    load: float

    @property
    def slower(self) -> tuple[str, ...]:
        """Rows that are slower, proven."""
        return tuple(one.row for one in self.rows if one.slower)

    @property
    def found(self) -> bool:
        """Did it say that B is slower, and exit 1?"""
        return self.code == 1 and bool(self.slower) and self.outcome == "fail"

    @property
    def replies(self) -> Found | None:
        """The agent turns."""
        return next((one for one in self.rows if one.row == _REPLIES), None)

    @property
    def half_width(self) -> float | None:
        """The median over the rows, percent."""
        widths = sorted((one.high - one.low) / 2 for one in self.rows)
        return widths[len(widths) // 2] if widths else None


@dataclass(frozen=True, slots=True)
class ComparedRuns:
    """What `compare` says of two single runs: its exit code, why it refused, and the requirements and rows that are worse."""

    code: int
    refused: str
    requirements: tuple[str, ...]
    rows: tuple[str, ...]
    seconds: float


def reznet_load(*words: str) -> int:
    """The exit code of a command of ours."""
    return subprocess.run([sys.executable, "-m", "reznet_load", *words], stdout=subprocess.DEVNULL).returncode


def duel(minutes: float, users: int, options: Sequence[str], seed: int, kept: str = "") -> LiveDuel:
    """Run one, with a neighbour; its folder stays in `kept`, where that is given."""
    with tempfile.TemporaryDirectory() as scratch, neighbour(seed):
        home = str(Path(kept) / f"{seed}") if kept else scratch
        began = time.monotonic()
        words = ("--users", str(users), "--duration", _duration(minutes), "--seed", str(seed), "--reports", home)
        code = reznet_load("duel", *words, *options)
        seconds, load = time.monotonic() - began, os.getloadavg()[0]
        folder = next(Path(home).glob("*_duel*"), None)
        if folder is None:
            return LiveDuel(code, "no run", (), (), (), seconds, load)
        data = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    return LiveDuel(
        code=code,
        outcome=data["outcome"],
        void=tuple(one["text"] for one in data["cautions"] if one["void"]),
        cautions=tuple(one["id"] for one in data["cautions"]),
        rows=tuple(_found(row) for row in data["rows"] if row["change"] and row["figure"] == "latency"),
        seconds=seconds,
        load=load,
    )


def _found(row: dict) -> Found:
    change = row["change"]
    return Found(row["row"], change["estimate"], change["low"], change["high"], change["slower"])


def compared(minutes: float, users: int, target: str, seed: int) -> ComparedRuns:
    """Two single runs of half the time each, A and then B, with the same neighbour, and what `compare` says of them.

    It refuses targets with other options; here they are what is compared, so both sides get the same ones.
    """
    with tempfile.TemporaryDirectory() as home, neighbour(seed):
        began = time.monotonic()
        for options in ("", target):
            words = ("load", "--users", str(users), "--duration", _duration(minutes / 2), "--reports", home)
            reznet_load(*words, *([f"--target={options}"] if options else []))
        seconds = time.monotonic() - began
        a, b = sorted(path for path in Path(home).glob("*_load*") if path.is_dir())
        first = read(a)
        found = compare(first, _as_if_of(first, read(b)))
    worse = [tuple(one.name for one in table if one.sign == "worse") for table in (found.requirements, found.rows)]
    return ComparedRuns(found.exit_code, found.refused, worse[0], worse[1], seconds)


def _as_if_of(first: Side, side: Side) -> Side:
    """`side` in the environment of `first`."""
    info, there = side.result.info, first.result.info
    options = replace(info.deployment, options=there.deployment.options)
    alike = replace(info, deployment=options, fingerprint=there.fingerprint)
    return replace(side, result=replace(side.result, info=alike))


def _duration(minutes: float) -> str:
    return f"{round(_MINUTE * minutes)}s"
