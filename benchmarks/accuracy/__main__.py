"""Are the reported figures true? `python -m benchmarks.accuracy [--users 1,50,100] [--shapes …] [--streams …] [--seconds 25]`.

A relay in a process of its own stands between generator and target and keeps, by the kernel's clock, when each message
came to the target's door and when each event left it; the target logs when its own loop heard and sent the same ones;
we log their ids. Of exactly those requests p50, p95 and p99 stand side by side. Bar: 2 ms or 2 %, whichever is larger,
against the wire, which is what a user waits for; "wire - target's log" is what bytes waited for the target's loop.
Replies over HTTP: 500 streams at once against a sender that stamps what it writes (`sender.py`), one event a write, several, TLS.
Then the target stands still for 3 s: the largest value must show it, and the intended starts its true size.
Last line: JSON.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.accuracy.runs import Known, Ran, runs, stalled
from benchmarks.accuracy.streams import CASES, STREAMS, streamed

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
        """Ms that ours is above the truth."""
        return self.ours - self.truth

    @property
    def bar(self) -> float:
        """Ms that it may be off."""
        return max(BAR_MS, BAR_PERCENT / 100 * self.truth)

    @property
    def outside(self) -> bool:
        """Beyond the bar?"""
        return abs(self.error) > self.bar


def figures(ran: Ran, truth: Known) -> list[Figure]:
    """Every quantile of every part, of the requests that both sides know."""
    found = []
    for part, name in PARTS.items():
        known = [(ours[part], truth[id][part]) for id, ours in ran.ours.items() if _both(ours, truth.get(id), part)]
        if not known:
            continue
        sides = (np.concatenate([np.atleast_1d(side) for side in sides]) for sides in zip(*known, strict=True))
        ours, true = sides
        for level in QUANTILES:
            a, b = (float(np.quantile(values, level, method="inverted_cdf")) for values in (ours, true))
            found.append(Figure(f"{name} p{level * 100:.0f}", a, b, len(true)))
    return found


def _both(ours: dict[str, Any], truth: dict[str, Any] | None, part: str) -> bool:
    return bool(truth and ours.get(part) not in (None, []) and truth.get(part) not in (None, []))


def show(ran: Ran) -> list[Figure]:
    """The table of one run; its figures against the wire."""
    own = {one.name: one for one in figures(ran, ran.target)}
    against = figures(ran, ran.wire)
    for one in against:
        before = f"{one.truth - own[one.name].truth:+7.2f}" if one.name in own else "      ?"
        print(
            f"{ran.users:>4} users {ran.shape:<10} {one.name:<16} n={one.n:<6} ours {one.ours:>9.2f} ms  wire {one.truth:>9.2f}"
            f"  ours - wire {one.error:+6.2f}  wire - target's log {before} {'outside' if one.outside else ''}"
        )  # fmt: skip
    said = ", ".join(f"{one.signal.id} {one.value:.1f} {one.signal.unit}" for one in ran.readings)
    surroundings = (
        f"without a core {ran.waited_percent:.1f} % of the time; witness p99 {np.quantile(ran.witness_ms, 0.99):.2f} ms"
    )
    print(f"     of itself: {said}; {surroundings}", flush=True)
    return against


def main() -> None:
    """Run every combination and print the table."""
    parser = argparse.ArgumentParser(prog="benchmarks.accuracy")
    parser.add_argument("--users", default="1,50,100", help="users of each run, 1,50,100")
    parser.add_argument("--shapes", default="constant,lognormal,bimodal", help="of the provider's delays")
    parser.add_argument("--streams", default=",".join(CASES), help=f"cases of replies over HTTP, {','.join(CASES)}")
    parser.add_argument("--at-once", type=int, default=STREAMS, help=f"streams at once, {STREAMS}")
    parser.add_argument("--seconds", type=int, default=25, help="steady seconds of each run, 25")
    parser.add_argument("--no-stall", action="store_true", help="without the run in which the target stands still")
    options = parser.parse_args()
    everything: list[tuple[str, Figure]] = []
    with tempfile.TemporaryDirectory(prefix="reznet-load-") as home:
        for shape in filter(None, options.shapes.split(",")):
            users = [int(count) for count in options.users.split(",")]
            for ran in runs(Path(home) / shape, shape, users, options.seconds):
                everything += [(f"{ran.users} {shape}", one) for one in show(ran)]
        for case in filter(None, options.streams.split(",")):
            ran = streamed(Path(home) / f"streams-{case}", case, options.at_once, options.seconds)
            everything += [(f"{ran.users} streams {case}", one) for one in show(ran)]
        stall = {} if options.no_stall else stalled(Path(home) / "stall", options.seconds)
    if stall:
        print(f"a stall of 3 s: largest {stall['max_s']:.3f} s, from the intended start {stall['intended_s']:.3f} s")
    worst = max((one for _, one in everything), key=lambda one: abs(one.error) / one.bar)
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
