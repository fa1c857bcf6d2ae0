"""A neighbour on the same machine that burns a core in random bursts, as that of the simulated streams."""

from __future__ import annotations

import multiprocessing
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager

BURST, PAUSE = (5.0, 30.0), (20.0, 50.0)  # s: a burst in every minute or so


def burn(seed: int) -> None:
    """One core busy for 5 to 30 s, idle for up to 50 s, until the benchmark has ended, also if it was killed."""
    rng = random.Random(seed)
    benchmark = multiprocessing.parent_process()
    while benchmark is not None and benchmark.is_alive():
        benchmark.join(rng.uniform(*PAUSE) * rng.random())
        until = time.monotonic() + rng.uniform(*BURST)
        while time.monotonic() < until and benchmark.is_alive():
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
