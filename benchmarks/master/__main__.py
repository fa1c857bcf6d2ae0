"""What a master can take: a real one, as `--master` runs it, with simulated workers on this machine.

    python -m benchmarks.master [--workers 10,50] [--rate 1000] [--seconds 20]        (make bench-master)

Each number of workers runs three times: workers that are only there, with Locust's own reports, and with our samples too.
The differences say what each costs the master. Last line: JSON with ratios of this run.
"""

from __future__ import annotations

import argparse
import json

from benchmarks.master.cell import Cell, Measured, run
from reznet_load.core.settings.settings import Settings
from reznet_load.drive.stack import Stack

PARTS = ("idle", "reports", "whole")
GOAL = 1.0  # percent of a core for a worker at 1 000 samples a second
_FULL = 85.0  # percent of a core: above it a master answers late (verdict/cautions.py voids a generator there)


def main() -> None:
    """Measure, print the table, the limit with its cause, and the JSON line."""
    parser = argparse.ArgumentParser(prog="bench-master")
    parser.add_argument("--workers", default="10,50")
    parser.add_argument("--rate", type=int, default=1000, help="samples a second of each worker")
    parser.add_argument("--seconds", type=float, default=20.0)
    options = parser.parse_args()
    print(f"{'workers':>7} {'ships':8} {'master':>8} {'MB':>5} {'samples':>9} {'lost':>5} {'blocks':>7} {'late':>5} "
          f"{'drain':>7} {'KB/s samples':>13} {'KB/s reports':>13} {'workers':>9}")  # fmt: skip
    seen: dict[tuple[int, str], Measured] = {}
    with Stack() as stack:
        host = stack.settings(Settings()).host
        for workers in map(int, options.workers.split(",")):
            for parts in PARTS:
                one = seen[workers, parts] = run(Cell(workers, options.rate, parts, options.seconds), host)
                print(line(one), flush=True)
    conclude(seen, options.rate)


def line(one: Measured) -> str:
    """Of the table."""
    cell = one.cell
    return (
        f"{cell.workers:7} {cell.parts:8} {one.cpu:6.1f} % {one.memory:5.0f} {one.sent:9} {one.lost:5} {one.blocks:7} "
        f"{one.late:5} {one.drain:5.1f} s {one.kb_s[0]:13.0f} {one.kb_s[1]:13.0f} {one.workers_cpu:7.0f} %"
    )


def conclude(seen: dict[tuple[int, str], Measured], rate: int) -> None:
    """What a worker costs, of what, and where it ends."""
    few, many = min(seen)[0], max(seen)[0]
    share = {parts: seen[many, parts].cpu / many for parts in PARTS}
    costs = {
        "being there": share["idle"],
        "Locust's reports": share["reports"] - share["idle"],
        "our samples": share["whole"] - share["reports"],
    }
    whole = {workers: seen[workers, "whole"].cpu for workers in (few, many)}
    slope = max((whole[many] - whole[few]) / (many - few) if many > few else share["whole"], 0.001)
    limit = many + (_FULL - whole[many]) / slope
    lost = sum(one.lost + one.late for one in seen.values())
    goal = GOAL * rate / 1000
    met = "met" if share["whole"] <= goal and not lost else "MISSED"
    print(f"\na worker costs the master {share['whole']:.2f} % of a core, at most {goal:g} wanted, none lost: {met}")
    for what, cost in costs.items():
        print(f"  {what:18} {cost:5.2f} %")
    worst = max(costs, key=lambda what: costs[what])
    print(
        f"on that line its one core is full ({_FULL:.0f} %) at about {limit:.0f} workers of {rate} samples/s; most of it: {worst}"
    )
    print(json.dumps({
        "percent_of_a_core_a_worker": round(share["whole"], 3), "lost": lost, "workers_at_the_limit": round(limit),
        "reports_of_whole": round(costs["Locust's reports"] / share["whole"], 2),
        "samples_of_whole": round(costs["our samples"] / share["whole"], 2),
        "many_vs_few_a_worker": round(share["whole"] / (whole[few] / few), 2),
        "drain_seconds": round(max(one.drain for one in seen.values()), 1),
        "megabytes": round(max(one.memory for one in seen.values())),
    }))  # fmt: skip


if __name__ == "__main__":
    main()
