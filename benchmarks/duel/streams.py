"""Simulated streams of two sides on one noisy machine, drawn block by block without drawing each operation.

Operations of a row: Poisson, lognormal with sd 0.5. The machine multiplies all times: drift (sd 8 % over 2 min), waves
(sd 15 % over 10 s), and a neighbour that adds 60 % for 5 to 30 s in every minute. Within a step of half a second the
machine is constant, so that a block's sum of logarithms is exactly  Σ counts · log(machine) + N(0, 0.5² · Σ counts).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.signal import lfilter

from reznet_load.verdict.duel.pairs import BLOCK_SECONDS, PairedRow

STEP = 0.5  # s
SD = 0.5  # of a latency's logarithm
REST, TURNS = 5.5, 3.3  # operations a second of a row, of the shipped mix


@dataclass(frozen=True, slots=True)
class Stream:
    """A row: its operations a second. `bad`: of a share, how many of them are bad; None for a latency."""

    rate: float
    bad: float | None = None


# The table of the issue: six REST rows, four of agents. A change is of row 0 (REST) or 9 (turns) in both.
TEN = (Stream(REST),) * 6 + (Stream(TURNS),) * 4
# What a duel of two embedded targets compares, by the rates of a live run: REST, then echo, ping, first token, turn, gaps (by
# reply: those of one go together), two queries, two cache operations, and two shares.
SEVENTEEN = (
    *(Stream(REST),) * 6,
    Stream(8.1),
    Stream(4.8),
    Stream(TURNS),
    Stream(TURNS),
    Stream(TURNS),
    Stream(5.0),
    Stream(5.0),
    Stream(1.0),
    Stream(1.0),
    Stream(25.4, bad=0.005),
    Stream(REST, bad=0.02),
)


@dataclass(frozen=True, slots=True)
class Machine:
    """How the machine's speed moves: sd and correlation time in s of two waves, and a neighbour's share in its minute."""

    drift: tuple[float, float] = (0.08, 120.0)
    waves: tuple[float, float] = (0.15, 10.0)
    neighbour: float = 0.6


def machine(rng: np.random.Generator, seconds: float, shape: Machine = Machine()) -> np.ndarray:
    """Logarithm of the factor on all times, for each step."""
    steps = int(seconds / STEP)
    log = _wander(rng, steps, *shape.drift) + _wander(rng, steps, *shape.waves)
    minute = int(60 / STEP)
    for begin in range(0, steps, minute):
        length = int(rng.uniform(5, 30) / STEP)
        at = begin + rng.integers(0, max(minute - length, 1))
        log[at : at + length] += np.log1p(shape.neighbour)
    return log


def _wander(rng: np.random.Generator, steps: int, sd: float, seconds: float) -> np.ndarray:
    """An Ornstein-Uhlenbeck process of that spread and correlation time."""
    keep = np.exp(-STEP / seconds)
    noise = rng.normal(0, sd * np.sqrt(1 - keep**2), steps)
    noise[0] = rng.normal(0, sd)
    return lfilter([1.0], [1.0, -keep], noise)


def rows(
    rng: np.random.Generator, seconds: float, change: dict[int, float], streams: tuple[Stream, ...] = TEN
) -> list[PairedRow]:
    """Both sides at once on one machine; `change`: row number -> share by which B takes longer."""
    log = machine(rng, seconds)
    return _rows(rng, (log, log), seconds, change, streams)


def seventeen(rng: np.random.Generator, seconds: float, change: dict[int, float]) -> list[PairedRow]:
    """The same for the rows of a live duel."""
    return rows(rng, seconds, change, SEVENTEEN)


def apart(rng: np.random.Generator, seconds: float, change: dict[int, float]) -> list[PairedRow]:
    """A, then B, on machines 12 % apart: what two jobs of a CI are. Their blocks are paired though their times are not."""
    logs = machine(rng, seconds), machine(rng, seconds) + rng.choice([-1, 1]) * np.log(1.12)
    return _rows(rng, logs, seconds, change, TEN)


def _rows(
    rng: np.random.Generator,
    logs: tuple[np.ndarray, np.ndarray],
    seconds: float,
    change: dict[int, float],
    streams: tuple[Stream, ...],
) -> list[PairedRow]:
    made, steps, block = [], int(seconds / STEP), int(BLOCK_SECONDS / STEP)
    for number, stream in enumerate(streams):
        sums, totals = [], []
        for side in (0, 1):
            counts = rng.poisson(stream.rate * STEP, steps)
            slower = np.log1p(change.get(number, 0.0)) if side else 0.0
            total = counts.reshape(-1, block).sum(axis=1)
            totals.append(total)
            if stream.bad is not None:
                sums.append(rng.binomial(total, stream.bad))
                continue
            whole = (counts * (logs[side] + slower)).reshape(-1, block).sum(axis=1)
            sums.append(whole + rng.normal(0, SD, len(total)) * np.sqrt(total))
        table, ratio = np.array(sums, float), stream.bad is None
        made.append(PairedRow(str(number), table, np.array(totals, float), ratio))
    return made


def samples(
    rng: np.random.Generator, seconds: float, change: dict[int, float], apart_by: float = 0.12
) -> list[tuple[np.ndarray, np.ndarray]]:
    """(start in s, latency) of each row of one run on a machine of its own, up to 12 % faster or slower than the next."""
    log, made = machine(rng, seconds) + rng.uniform(-1, 1) * np.log1p(apart_by) / 2, []
    for number, stream in enumerate(TEN):
        start = np.sort(rng.uniform(0, seconds, rng.poisson(stream.rate * seconds)))
        place = np.minimum((start / STEP).astype(int), len(log) - 1)
        made.append((start, np.exp(log[place] + np.log1p(change.get(number, 0.0)) + rng.normal(0, SD, len(start)))))
    return made
