"""Makes Locust use the run's clock, in each of our processes.

Locust 2.47 decides by the wall clock: a worker gives its master up after 60 s without a heartbeat, and drops a `spawn`
that is not newer than the last; the shape's worker sleeps for the rest of a second. A clock set back by an hour stopped
the shape for an hour, one set back by 5 s lost half of the users. Its statistics (Requests/s) and the starts of REST
calls use it too.
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
    """The module `time` with another `time()`: a copy, so that its names are found as fast as in the original."""
    module = ModuleType("time")
    module.__dict__.update(vars(time))
    module.time = clock.now  # type: ignore[attr-defined]
    return module


def use_run_clock() -> None:
    """Make Locust's modules use the run's clock from now on."""
    for module in TAKEN_OVER:
        module.time = run_time()  # type: ignore[attr-defined]
