"""Locust on the run's clock, in every process of ours.

Locust 2.47 takes the wall clock where it decides: a worker gives its master up after 60 s without a heartbeat, and throws
away a `spawn` that is not younger than the last; the shape's worker sleeps what is left of a second. A clock that was set
back by an hour stopped the shape for an hour, one set back by 5 s cost half of the users. Its statistics (Requests/s)
and the starts of REST calls are times of the same kind.
"""

from __future__ import annotations

import time
from types import ModuleType

import locust.clients
import locust.contrib.fasthttp
import locust.event
import locust.runners
import locust.stats

from reznet_load.core.system import clock

TAKEN_OVER = (locust.clients, locust.contrib.fasthttp, locust.event, locust.runners, locust.stats)


def run_time() -> ModuleType:
    """The module `time`, but for `time()`: a copy, whose names are found as fast as those of the original."""
    module = ModuleType("time")
    module.__dict__.update(vars(time))
    module.time = clock.now  # type: ignore[attr-defined]
    return module


def use_run_clock() -> None:
    """From now on Locust's modules ask the run's clock what time it is."""
    for module in TAKEN_OVER:
        module.time = run_time()  # type: ignore[attr-defined]
