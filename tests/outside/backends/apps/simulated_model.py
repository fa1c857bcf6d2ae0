"""The model of two applications: 40 tokens at known times, MID and COUNT n by the question; counts replies that ended or were left.

A module of its own: LangGraph's server loads the graph and the routes from two copies of their file.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

FIRST, GAP = 0.15, 0.02  # seconds
WORDS = ("alpha ", "beta ", "gamma ", "delta ")
counts = {"asked": 0, "ended": 0, "left": 0}


@contextmanager
def end_counted() -> Iterator[None]:
    """Around a reply: it came to its end, or its reader left; a model that broke is neither."""
    try:
        yield
    except (asyncio.CancelledError, GeneratorExit):
        counts["left"] += 1
        raise
    counts["ended"] += 1


async def tokens(asked: str) -> AsyncIterator[str]:
    """Each is due on the reply's own clock, so that lateness does not add up."""
    found = re.search(r"COUNT (\d+)", asked)
    due = time.perf_counter() + FIRST
    for number in range(int(found[1]) if found else 40):
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        due += GAP
        if "MID" in asked and number == 20:
            raise RuntimeError("model broke in the middle")
        yield WORDS[number % 4]
