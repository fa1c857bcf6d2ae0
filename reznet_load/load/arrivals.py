"""Open arrivals of a process: each call starts when its schedule says, whether or not others have been answered.

What is recorded is the time from the intended start, in rows of their own. Callers are as many as the rate can need
until the time-out, so that a quiet deployment never lets an arrival wait for one; where all of them wait, that is the
deployment's doing and the call is a failure. Arrivals that the generator itself starts late are told by gauges.
"""

from __future__ import annotations

import math
import random
import time
from typing import Any

import gevent
from gevent.pool import Pool
from locust.contrib.fasthttp import FastHttpSession
from locust.env import Environment
from locust.event import EventHook

from reznet_load.core.measurement import CUT_OFF, Measurement
from reznet_load.load.record import describe
from reznet_load.load.user_context import Desk

ROW = "{} (arrivals)"
_LEAST_CALLERS, _MOST_CALLERS = 20, 2000
_MISSED_SECONDS = 1.0  # a start later than this is none of its second


class OpenArrivals:
    """`start` with the first user, until the desk is stopping."""

    def __init__(self, environment: Environment, desk: Desk) -> None:
        self._environment, self._desk = environment, desk
        asked = desk.settings.arrivals.rate * desk.settings.timeouts.request
        self._callers = min(max(math.ceil(2 * asked), _LEAST_CALLERS), _MOST_CALLERS)
        self._pool = Pool(self._callers)
        self._idle: list[FastHttpSession] = []
        self._greenlet: gevent.Greenlet | None = None

    def start(self, share: float = 1.0) -> None:
        """This process' `share` of the rate; nothing where none was asked for."""
        if self._desk.settings.arrivals.rate and not self._greenlet:
            self._idle.clear()  # the web UI may have named another host
            self._greenlet = gevent.spawn(self._run, share)

    def end(self) -> None:
        """What still waits for an answer is recorded as cut off, with the time it had: a backend that hangs shows."""
        self._pool.kill()

    def _run(self, share: float) -> None:
        began, desk = time.time(), self._desk
        paths = [(desk.health_path, "/health"), ("/api/agents?active_only=true", "/api/agents"), ("/api/channels",) * 2]
        for number, at in enumerate(desk.settings.arrivals.starts(share, random.Random())):
            intended = began + at
            wait = intended - time.time()
            if wait > 0:
                gevent.sleep(wait)
            if desk.stopping:
                return
            self._arrive(*paths[number % len(paths)], intended, waited=wait > 0)

    def _arrive(self, path: str, name: str, intended: float, waited: bool) -> None:
        late = max(0.0, time.time() - intended)
        recorder = self._desk.recorder
        recorder.gauge("arrival missed", 100.0 if late > _MISSED_SECONDS else 0.0, "%")
        if waited:  # woken by a timer: what is late now is the generator's own doing
            recorder.gauge("late start", late * 1000, "ms")
        if self._pool.full():
            text = f"not sent: {self._callers} callers still wait for an answer"
            recorder.record(Measurement("GET", ROW.format(name), None, intended, error=text))
        else:
            self._pool.spawn(self._call, path, ROW.format(name), intended)

    def _call(self, path: str, name: str, intended: float) -> None:
        client = self._idle.pop() if self._idle else self._session()
        try:
            client.get(path, name=name, context={"intended": intended})
        except gevent.GreenletExit:
            took = (time.time() - intended) * 1000
            self._desk.recorder.record(Measurement("GET", name, took, intended, error=CUT_OFF))
            raise
        self._idle.append(client)

    def _session(self) -> FastHttpSession:
        """A caller with a connection of its own; its answers come to us, not to Locust's event."""
        desk, answered = self._desk, EventHook()
        answered.add_listener(self._on_answer)
        access, timeouts = desk.access({}), desk.settings.timeouts
        headers = access.headers | (
            {"Cookie": "; ".join(f"{k}={v}" for k, v in access.cookies.items())} if access.cookies else {}
        )
        return FastHttpSession(
            desk.settings.host, answered, None, insecure=desk.settings.insecure,
            ssl_context_factory=(lambda **_: desk.tls) if desk.tls else None, headers=headers,
            connection_timeout=timeouts.connect, network_timeout=timeouts.request, concurrency=1, max_retries=0,
        )  # fmt: skip

    def _on_answer(
        self, request_type: str, name: str, exception: Exception | None, context: dict[str, Any], **_: Any
    ) -> None:
        intended = context["intended"]
        error = None if exception is None else describe(exception)
        self._desk.recorder.record(
            Measurement(request_type, name, (time.time() - intended) * 1000, intended, error=error)
        )
