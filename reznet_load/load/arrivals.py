"""Open arrivals of a process: each call starts at its scheduled time, whether or not earlier ones have been answered.

The time from the scheduled start is recorded, in rows of their own. There are as many callers as the rate can need
within the time-out, so that with a fast deployment no arrival waits for a caller; if all of them wait, the deployment
is the cause and the call is a failure. Arrivals that the generator itself starts late are reported by gauges.
"""

from __future__ import annotations

import math
import random
from typing import Any

import gevent
from gevent.pool import Pool
from locust.contrib.fasthttp import FastHttpSession
from locust.env import Environment
from locust.event import EventHook

from reznet_load.core.measured.measurement import CUT_OFF
from reznet_load.core.measured.named_row import NamedRow
from reznet_load.core.rows import ARRIVAL_MISSED, ARRIVALS, GET_AGENTS, GET_CHANNELS, GET_HEALTH, LATE_START, rest
from reznet_load.core.settings.settings import Settings
from reznet_load.core.system import clock
from reznet_load.load.record import describe
from reznet_load.load.rest.session import caller
from reznet_load.load.user_context import UserContext

_LEAST_CALLERS, _MOST_CALLERS = 20, 2000
_MISSED_SECONDS = 1.0  # a start later than this counts as missed


def callers(settings: Settings) -> int:
    """How many calls of one process may wait for an answer at once; 0 if there are no arrivals."""
    asked = settings.arrivals.rate * settings.timeouts.request
    return min(max(math.ceil(2 * asked), _LEAST_CALLERS), _MOST_CALLERS) if asked else 0


class OpenArrivals:
    """`start` it with the first user; it ends when the users are stopping."""

    def __init__(self, environment: Environment, shared: UserContext) -> None:
        self._environment = environment
        self._shared = shared
        self._callers = 0
        self._pool = Pool()
        self._idle: list[FastHttpSession] = []
        self._greenlet: gevent.Greenlet | None = None

    def start(self, share: float = 1.0) -> None:
        """Start this process' `share` of the rate; does nothing if no rate was given."""
        if self._shared.settings.arrivals.rate and share and not self._greenlet:
            self._callers = self._callers or callers(self._shared.settings)
            self._pool = Pool(self._callers)
            self._idle.clear()  # the host may have changed in the web UI
            self._greenlet = gevent.spawn(self._run, share)

    def end(self) -> None:
        """Record calls that still wait for an answer as cut off, with their time so far, so that a backend that hangs
        is visible.
        """
        self._pool.kill()

    def _run(self, share: float) -> None:
        began, shared = clock.now(), self._shared
        known = shared.dialect.paths
        paths = [
            (known.health, ARRIVALS.of(GET_HEALTH.name)),
            (known.agents, ARRIVALS.of(GET_AGENTS.name)),
            (known.channels, ARRIVALS.of(GET_CHANNELS.name)),
        ]
        luck = shared.paired.luck("arrivals") if shared.paired else random.Random()
        for number, at in enumerate(shared.settings.arrivals.starts(share, luck)):
            intended = began + at
            wait = intended - clock.now()
            if wait > 0:
                gevent.sleep(wait)
            if shared.stopping:
                return
            self._arrive(*paths[number % len(paths)], intended, waited=wait > 0)

    def _arrive(self, path: str, row: NamedRow, intended: float, waited: bool) -> None:
        late = max(0.0, clock.now() - intended)
        recorder = self._shared.recorder
        recorder.gauge(ARRIVAL_MISSED, 100.0 if late > _MISSED_SECONDS else 0.0)
        if waited:  # woken by a timer: a delay now is caused by the generator
            recorder.gauge(LATE_START, late * 1000)
        if self._pool.full():
            text = f"not sent: {self._callers} callers still wait for an answer"
            recorder.record(row.seen(None, intended, error=text))
        else:
            self._pool.spawn(self._call, path, row, intended)

    def _call(self, path: str, row: NamedRow, intended: float) -> None:
        client = self._idle.pop() if self._idle else self._session()
        try:
            client.get(path, name=row.name, context={"intended": intended})
        except gevent.GreenletExit:
            took = (clock.now() - intended) * 1000
            self._shared.recorder.record(row.seen(took, intended, error=CUT_OFF))
            raise
        self._idle.append(client)

    def _session(self) -> FastHttpSession:
        """A caller with its own connection; its answers come to us, not to Locust's event."""
        answered = EventHook()
        answered.add_listener(self._on_answer)
        return caller(self._shared.settings, self._shared.access({}), answered)

    def _on_answer(
        self, request_type: str, name: str, exception: Exception | None, context: dict[str, Any], **_: Any
    ) -> None:
        intended = context["intended"]
        error = None if exception is None else describe(exception)
        self._shared.recorder.record(
            rest(request_type, name).seen((clock.now() - intended) * 1000, intended, error=error)
        )
