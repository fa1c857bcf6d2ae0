"""Duels of the embedded target, alive, next to a neighbour that burns a core in random bursts: false alarms and finds.

    python -m benchmarks.duel.live --aa 10 --slower 10       A/A of 3 minutes, B 20 % slower of 5 minutes; 90 minutes
    python -m benchmarks.duel.live --aa 1 --slower 0         one A/A
    python -m benchmarks.duel.live --compare                 also two single runs and `compare` for each pair

The last line is JSON: how many duels exited 1 with A against A, in how many B was found slower, how many were void.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

BURST, PAUSE = (5.0, 30.0), (20.0, 50.0)  # s, as the neighbour of the simulated table: a burst in every minute or so
SLOWER = "--process-time 1.2"
_MINUTE = 60
_REPLIES = "CHAT agent turn"


def burn(seed: int) -> None:
    """One core busy for 5 to 30 s, idle for 20 to 50 s, for ever."""
    rng = random.Random(seed)
    while True:
        time.sleep(rng.uniform(*PAUSE) * rng.random())
        until = time.monotonic() + rng.uniform(*BURST)
        while time.monotonic() < until:
            sum(range(1000))


@contextmanager
def neighbour(seed: int) -> Iterator[None]:
    """It is there for as long as the block."""
    process = multiprocessing.get_context("spawn").Process(target=burn, args=(seed,), daemon=True)
    process.start()
    try:
        yield
    finally:
        process.terminate()
        process.join()


@dataclass(frozen=True, slots=True)
class LiveDuel:
    """One duel: its exit code and outcome, the rows that are slower, proven, and the change of agent replies in percent."""

    code: int
    outcome: str
    slower: tuple[str, ...]
    replies: float | None
    half_widths: dict[str, float]
    seconds: float

    @property
    def found(self) -> bool:
        """Was any row found slower?"""
        return bool(self.slower) and self.outcome not in ("void", "interrupted")


def reznet_load(*words: str) -> int:
    """The exit code of a command of ours."""
    return subprocess.run([sys.executable, "-m", "reznet_load", *words], stdout=subprocess.DEVNULL).returncode


def duel(minutes: float, users: int, options: Sequence[str], seed: int, kept: str = "") -> LiveDuel:
    """Run one, with a neighbour; its folder stays in `kept`, where that is given."""
    with tempfile.TemporaryDirectory() as scratch, neighbour(seed):
        home = str(Path(kept) / f"{seed}") if kept else scratch
        began = time.monotonic()
        duration = f"{round(_MINUTE * minutes)}s"
        words = ("--users", str(users), "--duration", duration, "--seed", str(seed), "--reports", home)
        code = reznet_load("duel", *words, *options)
        seconds = time.monotonic() - began
        found = next(Path(home).glob("*_duel*"), None)
        if found is None:
            return LiveDuel(code, "no run", (), None, {}, seconds)
        data = json.loads((found / "result.json").read_text(encoding="utf-8"))
    changes = {row["row"]: row["change"] for row in data["rows"] if row["change"] and row["figure"] == "latency"}
    return LiveDuel(
        code,
        data["outcome"],
        tuple(name for name, change in changes.items() if change["slower"]),
        changes[_REPLIES]["estimate"] if _REPLIES in changes else None,
        {name: (change["high"] - change["low"]) / 2 for name, change in changes.items()},
        seconds,
    )


def compared(minutes: float, users: int, target: str, seed: int) -> int:
    """The exit code of `compare` of two single runs of half the time each, A and then B, with the same neighbour."""
    with tempfile.TemporaryDirectory() as home, neighbour(seed):
        duration = f"{round(_MINUTE * minutes / 2)}s"
        for options in ("", target):
            words = ("load", "--users", str(users), "--duration", duration, "--reports", home)
            reznet_load(*words, *([f"--target={options}"] if options else []))
        a, b = sorted(path for path in Path(home).glob("*_load_*") if path.is_dir())
        return reznet_load("compare", str(a), str(b))


def line_of(name: str, one: LiveDuel) -> str:
    """A line of the table."""
    replies = "-" if one.replies is None else f"{one.replies:+.1f} %"
    widths = sorted(one.half_widths.values())
    middle = f"±{widths[len(widths) // 2]:.1f} %" if widths else "-"
    rows = ", ".join(one.slower) or "none"
    head = f"{name:<8} exit {one.code}  {one.outcome:<9} {one.seconds:4.0f} s"
    return f"{head}  replies {replies:>8}  median width {middle}  slower: {rows}"


def main() -> None:
    """Run them, one after the other."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--aa", type=int, default=10, metavar="N", help="duels of A against A (default 10)")
    parser.add_argument("--slower", type=int, default=10, metavar="N", help="duels with B 20 %% slower (default 10)")
    parser.add_argument("--aa-minutes", type=float, default=3.0)
    parser.add_argument("--slower-minutes", type=float, default=5.0)
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1, help="of the first; each has the next one")
    parser.add_argument("--keep", default="", metavar="DIR", help="keep the folders of the duels there, by their seeds")
    parser.add_argument("--compare", action="store_true", help="two single runs and `compare` next to each duel")
    chosen = parser.parse_args()
    kinds = {
        "A/A": (chosen.aa, chosen.aa_minutes, ["--aa"], ""),
        "slower": (chosen.slower, chosen.slower_minutes, [f"--target-b={SLOWER}"], SLOWER),
    }
    made: dict[str, list[LiveDuel]] = {}
    codes: dict[str, list[int]] = {}
    for name, (count, minutes, options, target) in kinds.items():
        for number in range(count):
            one = duel(minutes, chosen.users, options, chosen.seed + number, chosen.keep)
            made.setdefault(name, []).append(one)
            print(line_of(name, one), flush=True)
            if chosen.compare:
                codes.setdefault(name, []).append(compared(minutes, chosen.users, target, chosen.seed + number))
    same, slower = made.get("A/A", []), made.get("slower", [])
    replies = [one.replies for one in slower if one.replies is not None]
    print(
        json.dumps(
            {
                "aa": len(same),
                "aa_exit_1": sum(one.code == 1 for one in same),
                "slower": len(slower),
                "slower_found": sum(one.code == 1 and one.found for one in slower),
                "void": sum(one.outcome == "void" for one in [*same, *slower]),
                "replies_percent": sum(replies) / len(replies) if replies else None,
                "compare_exit_codes": codes,
            }
        )
    )


if __name__ == "__main__":
    main()
