"""Duels of the embedded target, alive, next to a neighbour that burns a core in random bursts: false alarms and finds.

    python -m benchmarks.duel.live --aa 10 --slower 10       A/A of 3 minutes, B 20 % slower of 5 minutes; 95 minutes
    python -m benchmarks.duel.live --aa 1 --slower 0         one A/A
    python -m benchmarks.duel.live --compare                 also two single runs and `compare` for each pair

The two kinds take turns, so that an end before the last one leaves some of both. `--out FILE` gets one line of JSON a run.
The last line is JSON: how many duels exited 1 with A against A, in how many B was found slower, how many were void.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.duel.live_run import ComparedRuns, LiveDuel, compared, duel
from benchmarks.duel.priority import keep_priority

SLOWER = "--process-time 1.2"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of duel: how many of how many minutes, and B's options of the embedded target (A/A where there are none)."""

    name: str
    count: int
    minutes: float
    target: str = ""

    @property
    def options(self) -> list[str]:
        """Of the command."""
        return [f"--target-b={self.target}"] if self.target else ["--aa"]


@dataclass(frozen=True, slots=True)
class Made:
    """One run of a kind."""

    kind: str
    seed: int
    duel: LiveDuel | None
    compare: ComparedRuns | None


def turns(kinds: list[Kind]) -> list[Kind]:
    """The kind of each run: they take turns."""
    most = max((kind.count for kind in kinds), default=0)
    return [kind for number in range(most) for kind in kinds if number < kind.count]


def run_all(kinds: list[Kind], chosen: argparse.Namespace) -> Iterator[Made]:
    """Each run as it is made; void duels are made again at the end, up to `--again` of them."""
    left = [(kind, chosen.seed + number) for number, kind in enumerate(turns(kinds))]
    again, latest = chosen.again, chosen.seed + len(left) - 1
    until = time.monotonic() + 60 * chosen.at_most
    while left and time.monotonic() < until:
        kind, seed = left.pop(0)
        one = None if chosen.only_compare else duel(kind.minutes, chosen.users, kind.options, seed, chosen.keep)
        compare = compared(kind.minutes, chosen.users, kind.target, seed) if chosen.compare or not one else None
        yield Made(kind.name, seed, one, compare)
        if one and one.outcome == "void" and again:
            again, latest = again - 1, latest + 1
            left.append((kind, latest))


def line_of(made: Made) -> str:
    """A line of the table."""
    words = [f"{made.kind:<8}"]
    if one := made.duel:
        replies = f"{one.replies.estimate:+.1f} %" if one.replies else "-"
        width = f"±{one.half_width:.1f} %" if one.half_width is not None else "-"
        words.append(f"exit {one.code}  {one.outcome:<9} {one.seconds:4.0f} s  replies {replies:>8}")
        words.append(f"median width {width}  slower: {', '.join(one.slower) or 'none'}")
    if two := made.compare:
        words.append(f"compare exit {two.code} {two.refused or ', '.join(two.requirements) or 'nothing worse'}")
    return "  ".join(words)


def summary(made: list[Made]) -> dict[str, object]:
    """The last line."""
    same, slower = ([one for one in made if one.kind == name and one.duel] for name in ("A/A", "slower"))
    replies = [one.duel.replies.estimate for one in slower if one.duel and one.duel.replies]
    codes: dict[str, list[int]] = {}
    for one in made:
        if one.compare:
            codes.setdefault(one.kind, []).append(one.compare.code)
    return {
        "aa": len(same),
        "aa_exit_1": sum(one.duel.code == 1 for one in same if one.duel),
        "slower": len(slower),
        "slower_found": sum(one.duel.found for one in slower if one.duel),
        "void": sum(one.duel.outcome == "void" for one in made if one.duel),
        "replies_percent": sum(replies) / len(replies) if replies else None,
        "compare_exit_codes": codes,
    }


def arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--aa", type=int, default=10, metavar="N", help="duels of A against A (default 10)")
    parser.add_argument("--slower", type=int, default=10, metavar="N", help="duels with B 20 %% slower (default 10)")
    parser.add_argument("--aa-minutes", type=float, default=3.0)
    parser.add_argument("--slower-minutes", type=float, default=5.0)
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1, help="of the first; each has the next one")
    parser.add_argument("--keep", default="", metavar="DIR", help="keep the folders of the duels there, by their seeds")
    parser.add_argument("--out", default="", metavar="FILE", help="one line of JSON a run is added there")
    parser.add_argument("--again", type=int, default=0, metavar="N", help="make up to N void duels again")
    parser.add_argument("--at-most", type=float, default=180.0, metavar="MIN", help="start none after so many minutes")
    parser.add_argument("--nice", type=int, default=0, help="priority of all processes of the duels, -20 to 19")
    parser.add_argument("--compare", action="store_true", help="two single runs and `compare` next to each duel")
    parser.add_argument("--only-compare", action="store_true", help="those alone, without a duel")
    return parser.parse_args()


def main() -> None:
    """Run them, one after the other."""
    chosen = arguments()
    kinds = [
        Kind("A/A", chosen.aa, chosen.aa_minutes),
        Kind("slower", chosen.slower, chosen.slower_minutes, SLOWER),
    ]
    if chosen.nice:
        keep_priority(chosen.nice)
    made = []
    for one in run_all(kinds, chosen):
        made.append(one)
        print(line_of(one), flush=True)
        if chosen.out:
            with Path(chosen.out).open("a", encoding="utf-8") as lines:
                lines.write(json.dumps(asdict(one), ensure_ascii=False) + "\n")
    print(json.dumps(summary(made)))


if __name__ == "__main__":
    main()
