"""False alarms and finds of the comparison between runs, on seeded histories: 5 % of noise from run to run.

    python benchmarks/regressions.py

Quiet histories, also with one run in twenty slowed by half, judged run after run from the seventh to the thirtieth: in
how many a regression is called proven, in how many a suspect. Then a step after ten (or five) quiet runs: in what share
of histories it is proven within 1, 2, 3, 5, 8 runs. The same with 13 requirements looked at, one of which steps.
Expected for one requirement: 0.0 % and 0.9 % of false alarms; 50 % and 70 % of steps of 10 %
within 3 and 8 runs, 92 % and 100 % of 20 %, all of 50 % within 3. Two minutes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from reznet_load.core.nfr import Requirements, load_requirements
from reznet_load.core.system.resources import resource
from reznet_load.history.line import HistoryLine, HistoryValue
from reznet_load.history.regress import RegressionFindings, regress

NOISE, SLOW, SHARE = 0.05, 1.5, 0.05
WITHIN = (1, 2, 3, 5, 8)
_ALL = [nfr for nfr in load_requirements(resource("nfr.toml")).nfrs if nfr.limit.below]


def requirements(count: int) -> Requirements:
    """`count` of them, all with less is better: the shipped ones and copies of the first under other names."""
    copies = [replace(_ALL[0], id=f"copy_{number}") for number in range(max(0, count - len(_ALL)))]
    return Requirements((*_ALL[:count], *copies), {})


def history(
    rng: np.random.Generator, needed: Requirements, runs: int, step: float, at: int, slow: float
) -> list[HistoryLine]:
    """Lines of `runs` runs at 80 % of each limit; the first requirement is worse by `step` from run `at` on."""
    factor = np.where(rng.random(runs) < slow, SLOW, 1.0)
    values = {nfr.id: 0.8 * nfr.limit.value * np.exp(rng.normal(0, NOISE, runs)) * factor for nfr in needed.nfrs}
    values[needed.nfrs[0].id][at:] *= 1 + step
    return [
        HistoryLine(
            run=str(number),
            time=f"{number:03d}",
            scenario="load",
            target="simulated",
            users=50,
            fingerprint="simulated",
            outcome="pass",
            values={id: HistoryValue(float(one[number])) for id, one in values.items()},
        )
        for number in range(runs)
    ]


def judged(needed: Requirements, lines: list[HistoryLine], first: int) -> Iterator[RegressionFindings]:
    """What is said of each run from `first` on, its signs kept for those after it."""
    for number in range(first, len(lines)):
        found = regress(needed, lines[number], lines[max(0, number - 29) : number])
        signs = {change.id: change.sign for change in found.changes}
        values = {id: replace(value, sign=signs.get(id, "")) for id, value in lines[number].values.items()}
        lines[number] = replace(lines[number], values=values)
        yield found


def quiet(count: int, slow: float, histories: int) -> str:
    """False alarms per run."""
    rng, needed, proven, suspect, runs = np.random.default_rng(1), requirements(count), 0, 0, 0
    for _ in range(histories):
        for found in judged(needed, history(rng, needed, 30, 0, 30, slow), 6):
            runs += 1
            proven += any(one.kind == "regression" for one in found.regressions)
            suspect += any(one.kind == "suspect" for one in found.regressions)
    return f"{runs:>6} runs   proven {100 * proven / runs:5.2f} %   suspect {100 * suspect / runs:5.2f} %"


def stepped(count: int, step: float, before: int, histories: int) -> str:
    """Share of histories in which the step is proven within so many runs."""
    rng, needed, first = np.random.default_rng(2), requirements(count), []
    for _ in range(histories):
        lines = history(rng, needed, before + max(WITHIN), step, before, 0.0)
        told = [
            any(one.kind == "regression" and one.id == needed.nfrs[0].id for one in found.regressions)
            for found in judged(needed, lines, before)
        ]
        first.append(told.index(True) + 1 if any(told) else len(told) + 1)
    return "  ".join(f"{100 * np.mean(np.array(first) <= within):4.0f} %" for within in WITHIN)


def main() -> None:
    """Print both tables."""
    print(f"quiet, noise {NOISE:.0%}; `slowed`: {SHARE:.0%} of the runs x {SLOW}")
    for count, histories in ((1, 120), (13, 20)):
        for slow in (0.0, SHARE):
            print(
                f"  {count:>2} requirements {'slowed' if slow else '      '} {quiet(count, slow, histories)}",
                flush=True,
            )
    print(f"a step, noise {NOISE:.0%}: proven within {', '.join(map(str, WITHIN))} runs")
    for count, histories in ((1, 150), (13, 20)):
        for before in (5, 10):
            for step in (0.1, 0.2, 0.5):
                shares = stepped(count, step, before, histories)
                print(f"  {count:>2} requirements, {before:>2} runs before, +{step:.0%}: {shares}", flush=True)


if __name__ == "__main__":
    main()
