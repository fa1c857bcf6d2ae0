"""Locust on the run's clock, in every process of ours.

Locust 2.47 takes the wall clock where it decides: a worker gives its master up after 60 s without a heartbeat, and throws
away a `spawn` that is not younger than the last; the shape's worker sleeps what is left of a second. A clock that was set
back by an hour stopped the shape for an hour, one set back by 5 s cost half of the users. Its statistics (Requests/s)
and the starts of REST calls are times of the same kind.
"""

from __future__ import annotations

import time
from types import ModuleType
from typing import Any

import locust.clients
import locust.contrib.fasthttp
import locust.event
import locust.runners
import locust.stats

from reznet_load.core.system import clock

_TAKEN_OVER = (locust.clients, locust.contrib.fasthttp, locust.event, locust.runners, locust.stats)


class RunTime(ModuleType):
    """The module `time`, but for `time()`."""

    time = staticmethod(clock.now)

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)


def use_run_clock() -> None:
    """From now on Locust's modules ask the run's clock what time it is."""
    for module in _TAKEN_OVER:
        module.time = RunTime("time")  # type: ignore[attr-defined]
