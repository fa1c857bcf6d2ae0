"""How much smaller a change looks if A and B share a machine: the change alone, and in a duel.

    python -m benchmarks.duel.bias --target '--compute-time 3ms'     a B that computes more
    python -m benchmarks.duel.bias --target '--process-time 1.2'     a B that waits more

Alone: `load` of A and of B in turns, each with the machine for itself, `--rounds` times; the change is the mean over rounds
of the logarithm of B's geometric mean over A's. Then one duel of both. A row a line; the last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from benchmarks.duel.live_run import reznet_load
from benchmarks.duel.priority import keep_priority
from reznet_load.report.comparison.side import read, timed

_REPLIES = ("CHAT agent turn", "CHAT first token")


@dataclass(frozen=True, slots=True)
class Bias:
    """Changes of a row in percent: alone, with the standard error of that over rounds, and in a duel; `a`: ms of A in the duel."""

    row: str
    alone: float
    error: float
    duel: float
    low: float
    high: float
    a_alone: float
    a: float


def alone(target: str, users: int, seconds: int, home: Path) -> dict[str, float]:
    """Row -> mean of the logarithms of its times (ms), of one `load`."""
    words = ("load", "--users", str(users), "--duration", f"{seconds}s", "--ramp", "5s", "--no-probes")
    reznet_load(*words, "--reports", str(home), f"--target={target}")
    (folder,) = (path for path in home.glob("*_load*") if path.is_dir())
    side, found = read(folder), {}
    for key in side.series:
        if key.startswith(("GET ", *_REPLIES)) and (part := side.part(key)) is not None:
            found[key] = float(np.log(timed(part)[1]).mean())
    return found


def rounds(target: str, count: int, users: int, seconds: int) -> list[tuple[dict[str, float], dict[str, float]]]:
    """A and B alone, `count` times; every other round begins with B."""
    made = []
    for number in range(count):
        order = ("", target) if number % 2 == 0 else (target, "")
        found = {}
        for options in order:
            with tempfile.TemporaryDirectory() as home:
                found[options] = alone(f"--messages 5000 {options}".strip(), users, seconds, Path(home))
        made.append((found[""], found[target]))
    return made


def duel(target: str, users: int, seconds: int) -> dict[str, dict]:
    """Latency rows of the `result.json` of one duel, by name."""
    with tempfile.TemporaryDirectory() as home:
        words = ("duel", "--users", str(users), "--duration", f"{seconds}s", "--no-probes", "--reports", home)
        reznet_load(*words, "--target-a=--messages 5000", f"--target-b=--messages 5000 {target}")
        (file,) = Path(home).glob("*_duel*/result.json")
        data = json.loads(file.read_text(encoding="utf-8"))
    return {row["row"]: row for row in data["rows"] if row["figure"] == "latency" and row["change"]}


def biases(made: list[tuple[dict[str, float], dict[str, float]]], both: dict[str, dict]) -> list[Bias]:
    """Of each row that all of them have."""
    found = []
    for row in sorted(set.intersection(*(set(one) for pair in made for one in pair)) & set(both)):
        ratios = np.array([b[row] - a[row] for a, b in made])
        error = float(ratios.std(ddof=1) / np.sqrt(len(ratios))) if len(ratios) > 1 else float("nan")
        change = both[row]["change"]
        found.append(
            Bias(
                row,
                _percent(float(ratios.mean())),
                100 * error,
                change["estimate"],
                change["low"],
                change["high"],
                float(np.exp(np.mean([a[row] for a, _ in made]))),
                both[row]["A"]["mean"],
            )
        )
    return found


def _percent(log: float) -> float:
    return 100 * float(np.expm1(log))


def main() -> None:
    """Print a line a row."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--target", default="--compute-time 3ms", metavar="OPTIONS", help="what B has")
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--seconds", type=int, default=45, help="of each load")
    parser.add_argument("--duel-seconds", type=int, default=180)
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--nice", type=int, default=0, help="priority of all processes, -20 to 19")
    chosen = parser.parse_args()
    if chosen.nice:
        keep_priority(chosen.nice)
    both = duel(chosen.target, chosen.users, chosen.duel_seconds)
    found = biases(rounds(chosen.target, chosen.rounds, chosen.users, chosen.seconds), both)
    print(f"{'row':<34}{'alone':>18}{'in a duel':>26}{'A alone':>10}{'A in a duel':>13}")
    for one in found:
        change = f"{one.duel:+.0f} % ({one.low:.0f} to {one.high:.0f})"
        print(
            f"{one.row:<34}{f'{one.alone:+.0f} ± {one.error:.0f} %':>18}{change:>26}{one.a_alone:>7.1f} ms{one.a:>10.1f} ms"
        )
    print(json.dumps([asdict(one) for one in found]))


if __name__ == "__main__":
    main()
