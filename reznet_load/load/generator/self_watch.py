"""Measures the generator in every process: loop lag, CPU, garbage collection, open files, late starts.

Cost: 20 wake-ups and about 30 samples a second, below 0.2 % of a core.
"""

from __future__ import annotations

import gc
import time
from typing import Any

import gevent
import psutil

from reznet_load.core import rows
from reznet_load.core.system import clock
from reznet_load.core.system.cpu_quota import CpuQuota
from reznet_load.core.system.descriptors import limit
from reznet_load.core.system.run_queue import thread_without_a_core, without_a_core
from reznet_load.load.record import Recorder
from reznet_load.load.sockets.reactor import Reactor

TICK_SECONDS = 0.05  # a timer this frequent detects any pause of 50 ms or more (docs/measurement.md#void-runs)


class SelfWatch:
    """Records the gauges of this process during a run."""

    def __init__(self, recorder: Recorder, reactor: Reactor, users: Any, in_flight: Any) -> None:
        """`users`, `in_flight`: functions that return the running users and the open agent turns of this process."""
        self._recorder = recorder
        self._reactor = reactor
        self._users = users
        self._in_flight = in_flight
        self._process = psutil.Process()
        self._gc_began = 0.0
        self._gc_waited: float | None = None
        self._steps = clock.StepWatch()
        self._waited: tuple[float, float] | None = None
        self._quota = CpuQuota()

    def run(self) -> None:
        """Tick without end; once a second record the slower gauges."""
        self._process.cpu_percent()
        next_second = time.perf_counter() + 1
        while True:
            before = time.perf_counter()
            gevent.sleep(TICK_SECONDS)
            lag = time.perf_counter() - before - TICK_SECONDS
            self._recorder.gauge(rows.LOOP_LAG, max(lag, 0.0) * 1000)
            if time.perf_counter() >= next_second:
                self._each_second()
                next_second = max(next_second + 1, time.perf_counter())

    def _each_second(self) -> None:
        gauge, counts = self._recorder.gauge, self._reactor.take_counts()
        if step := self._steps.look():
            gauge(rows.CLOCK_STEP, step * 1000)
        try:
            gauge(rows.GENERATOR_CPU, self._process.cpu_percent())
            gauge(rows.OPEN_FILES, 100 * self._process.num_fds() / limit())
        except OSError:  # reading needs a descriptor, and none is free
            gauge(rows.OPEN_FILES, 100.0)
        self._tell_waiting()
        throttled = self._quota.throttled_percent(time.perf_counter())
        if throttled is not None and self._quota.cores is not None:
            gauge(rows.THROTTLED, throttled)
            gauge(rows.CPU_QUOTA, 100 * self._quota.cores)
        gauge(rows.RUNNING_USERS, self._users())
        gauge(rows.TURNS_IN_FLIGHT, self._in_flight())
        if self._reactor.has_sockets:
            gauge(rows.OPEN_SOCKETS, self._reactor.connected)
        if (compressed := self._reactor.compressed_share()) is not None:
            gauge(rows.COMPRESSION, compressed)
        if (saved := self._reactor.take_saved()) is not None:
            gauge(rows.PAYLOAD_SAVED, saved)
        gauge(rows.WIRE_BYTES, counts.wire_bytes)
        if self._reactor.has_sockets:
            gauge(rows.PLAIN_BYTES, counts.plain_bytes)
        gauge(rows.EVENTS_RECEIVED, counts.messages)

    def _tell_waiting(self) -> None:
        """Record the percentage of time since the last call in which this thread was ready but other programs used the
        cores.
        """
        now, seconds = time.perf_counter(), without_a_core()
        if seconds is None:
            return
        if self._waited is not None:
            then, before = self._waited
            self._recorder.gauge(rows.WAITING_FOR_CORE, 100 * (seconds - before) / (now - then))
        self._waited = now, seconds

    def on_gc(self, phase: str, info: dict[str, int]) -> None:
        """For `gc.callbacks`: records pauses of full collections, the only ones long enough to matter, and how much of
        each was waiting for a core.
        """
        if info["generation"] != 2:
            return
        if phase == "start":
            self._gc_began, self._gc_waited = time.perf_counter(), thread_without_a_core()
            return
        took, waited, at = time.perf_counter() - self._gc_began, thread_without_a_core(), clock.now()
        self._recorder.gauge(rows.GC_PAUSE, took * 1000, at)
        if waited is not None and self._gc_waited is not None:
            self._recorder.gauge(rows.GC_WAITED, (waited - self._gc_waited) * 1000, at)


def settle_memory() -> None:
    """Exclude loaded objects from garbage collection: a full collection then takes no time (33 ms before)."""
    gc.collect()
    gc.freeze()


def keep_users() -> None:
    """The same for users who have arrived, without a collection, which would be a pause itself.

    A full collection visited every user once a minute, 12 to 75 ms with 119 users. A user that leaves is then never
    collected if something still refers to it: tens of KB each.
    """
    gc.freeze()
