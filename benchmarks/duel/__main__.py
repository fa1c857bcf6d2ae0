"""`make bench-duel`: how often the answer of a duel is right, on simulated streams.

Each cell: seeded trials of ten rows of the shipped mix on each side. "Slower, proven": Holm over the ten rows, 5 %.
Then the same with the 17 rows that a duel of two embedded targets compares.
Below it the same statistic on two runs one after the other, on machines 12 % apart. Three minutes.
Last line: JSON with `false_alarms` (the worst cell of both tables), `found_rest_10_percent_5_minutes`,
`found_turns_10_percent_5_minutes`, and the latter two for 17 rows.
"""

from __future__ import annotations

import argparse
import json

import numpy as np

from benchmarks.duel.streams import apart, rows, samples, seventeen
from reznet_load.core.holm import holm
from reznet_load.history.between import ALPHA, Blocks, difference
from reznet_load.verdict.duel.change import PairedChange, changes
from reznet_load.verdict.intervals import blocks, per_block

REST_ROW, TURN_ROW = 0, 9
CASES = (
    ("none", {}),
    ("one REST row +10 %", {REST_ROW: 0.10}),
    ("agent turns +10 %", {TURN_ROW: 0.10}),
    ("agent turns +5 %", {TURN_ROW: 0.05}),
)
MINUTES = (3, 5, 10)
_OF_EQUALS = 3  # times as many trials: their worst of six cells is compared with a bar 1 % above the truth


def trials(how, change: dict[int, float], minutes: int, count: int) -> list[tuple[PairedChange, ...]]:
    """The changes found in each of `count` seeded trials."""
    rng = np.random.default_rng([minutes, int(100 * sum(change.values())), min(change, default=0)])
    return [changes(how(rng, 60 * minutes, change))[0] for _ in range(count)]


def share(found: list[tuple[PairedChange, ...]], change: dict[int, float]) -> float:
    """Of the trials in which a changed row was found; without a change: in which any was."""
    rows_ = change or range(len(found[0]))
    return float(np.mean([any(one[row].slower for row in rows_) for one in found]))


def width(found: list[tuple[PairedChange, ...]], row: int) -> float:
    """Median half width of the row's interval, percent."""
    return float(np.median([(one[row].high - one[row].low) / 2 for one in found]))


def compared(change: dict[int, float], minutes: int, count: int) -> float:
    """Share of trials in which `compare` says that a p95 got worse: two runs of half the time each, on the same streams."""
    rng, found = np.random.default_rng([95, minutes, len(change)]), 0
    for _ in range(count):
        sides = [samples(rng, 30 * minutes, change if side else {}) for side in (0, 1)]
        p, worse = [], []
        for (start_a, a), (start_b, b) in zip(*sides, strict=True):
            bound = np.quantile(np.concatenate([a, b]), 0.95)
            past = [_past(start_a, a, bound), _past(start_b, b, bound)]
            p.append(difference(*past, share=True) or 1.0)
            worse.append(past[1].ratio > past[0].ratio)
        proven = [one <= ALPHA and up for one, up in zip(holm(p), worse, strict=True)]
        found += any(proven[row] for row in (change or range(len(proven))))
    return found / count


def _past(start: np.ndarray, value: np.ndarray, bound: float) -> Blocks:
    block = blocks(start)
    return Blocks(per_block(block, value >= bound), per_block(block))


def table(title: str, how, count: int) -> dict[tuple[str, int], float]:
    """Print how often each case is found, by minutes of duel; the shares."""
    print(f"{title:<26}" + "".join(f"{minutes:>9} min" for minutes in MINUTES))
    cells: dict[tuple[str, int], float] = {}
    widths = {}
    for name, change in CASES:
        for minutes in MINUTES:
            found = trials(how, change, minutes, count if change else _OF_EQUALS * count)
            cells[name, minutes] = share(found, change)
            if not change:
                widths[minutes] = (width(found, REST_ROW), width(found, TURN_ROW))
        print(f"{name:<26}" + "".join(f"{100 * cells[name, minutes]:>11.1f} %" for minutes in MINUTES), flush=True)
    shown = (f"±{widths[minutes][0]:.1f}, ±{widths[minutes][1]:.1f} %" for minutes in MINUTES)
    print(f"{'half width, REST, turns':<26}" + "".join(f"{one:>13}" for one in shown))
    return cells


def apart_tables(count: int) -> None:
    """Print the same of two runs one after the other, by pairs of blocks and by `compare`."""
    print("one after the other: the same statistic, geometric means in pairs of blocks")
    for name, change in CASES[:2]:
        found = [share(trials(apart, change, minutes, count // 2), change) for minutes in MINUTES]
        print(f"{name:<26}" + "".join(f"{100 * one:>11.1f} %" for one in found), flush=True)
    print("compare, p95 of two runs one after the other, half the time each, machines 12 % apart")
    for name, change in CASES[:2]:
        found = [compared(change, minutes, count // 4) for minutes in MINUTES]
        print(f"{name:<26}" + "".join(f"{100 * one:>11.1f} %" for one in found), flush=True)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--trials", type=int, default=1000)
    count = parser.parse_args().trials
    ten = table("both at once, ten rows", rows, count)
    live = table("both at once, 17 rows", seventeen, count)
    apart_tables(count)
    rest, turns = (CASES[1][0], 5), (CASES[2][0], 5)
    print(
        json.dumps(
            {
                "false_alarms": max(cells["none", minutes] for cells in (ten, live) for minutes in MINUTES),
                "found_rest_10_percent_5_minutes": ten[rest],
                "found_turns_10_percent_5_minutes": ten[turns],
                "found_rest_10_percent_5_minutes_17_rows": live[rest],
                "found_turns_10_percent_5_minutes_17_rows": live[turns],
            }
        )
    )


if __name__ == "__main__":
    main()
