"""Are the reported figures true? `python -m benchmarks.accuracy [--users 1,50,100] [--shapes …] [--seconds 40]`.

The target logs when it heard each message and when it handed each event to its sockets; we log the ids of the same
messages. Of exactly those requests p50, p95 and p99 of both sides stand side by side. Bar: 2 ms or 2 %, whichever is
larger. Then the target stands still for 3 s: the largest value must show it, and the intended starts its true size.
Last line: JSON.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.accuracy.runs import Ran, run, stalled

BAR_MS, BAR_PERCENT = 2.0, 2.0
QUANTILES = (0.5, 0.95, 0.99)
PARTS = {"echo": "echo", "first": "first token", "final": "whole reply", "gaps": "gap"}


@dataclass(frozen=True)
class Figure:
    """One figure both ways, in ms."""

    name: str
    ours: float
    truth: float
    n: int

    @property
    def error(self) -> float:
        """ms that ours is above the truth."""
        return self.ours - self.truth

    @property
    def outside(self) -> bool:
        """Beyond the bar?"""
        return abs(self.error) > max(BAR_MS, BAR_PERCENT / 100 * self.truth)


def figures(ran: Ran) -> list[Figure]:
    """Every quantile of every part, of the requests that both sides know."""
    found = []
    for part, name in PARTS.items():
        known = [
            (ours[part], ran.truth[id][part]) for id, ours in ran.ours.items() if _both(ours, ran.truth.get(id), part)
        ]
        if not known:
            continue
        ours, truth = (np.concatenate([np.atleast_1d(side) for side in sides]) for sides in zip(*known, strict=True))
        for level in QUANTILES:
            a, b = (float(np.quantile(values, level, method="inverted_cdf")) for values in (ours, truth))
            found.append(Figure(f"{name} p{level * 100:.0f}", a, b, len(truth)))
    return found


def _both(ours: dict, truth: dict | None, part: str) -> bool:
    return bool(truth and ours.get(part) not in (None, []) and truth.get(part) not in (None, []))


def main() -> None:
    """Run every combination and print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--users", default="1,50,100")
    parser.add_argument("--shapes", default="constant,lognormal,bimodal")
    parser.add_argument("--seconds", type=int, default=40)
    options = parser.parse_args()
    everything: list[tuple[str, Figure]] = []
    with tempfile.TemporaryDirectory(prefix="reznet-load-") as home:
        for users in map(int, options.users.split(",")):
            for shape in options.shapes.split(","):
                ran = run(Path(home) / f"{users}-{shape}", users, shape, options.seconds)
                for one in figures(ran):
                    everything.append((f"{users} {shape}", one))
                    mark = "outside" if one.outside else ""
                    print(
                        f"{users:>4} users {shape:<10} {one.name:<16} n={one.n:<6} ours {one.ours:>9.2f} ms  "
                        f"truth {one.truth:>9.2f} ms  {one.error:+7.2f} ms {mark}", flush=True,
                    )  # fmt: skip
        stall = stalled(Path(home) / "stall", options.seconds)
    print(f"a stall of 3 s: largest value {stall['max_s']:.3f} s, from the intended start {stall['intended_s']:.3f} s")
    worst = max(
        (one for _, one in everything), key=lambda one: abs(one.error) / max(BAR_MS, one.truth * BAR_PERCENT / 100)
    )
    print(json.dumps({
        "outside": [f"{where}: {one.name} {one.error:+.2f} ms" for where, one in everything if one.outside],
        "worst_error_ms": round(worst.error, 3), "worst_error_percent": round(100 * worst.error / worst.truth, 2),
        "figures": len(everything), "stall": stall,
    }))  # fmt: skip


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        raise SystemExit(f"a run failed: {error}") from None
