"""A user with one Socket.IO connection, like a browser tab, and with REST calls."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import gevent
from locust.env import Environment
from locust.exception import StopUser

from reznet_load.chat.dialect import Event
from reznet_load.core.errors import TargetError
from reznet_load.core.failed.failure_kinds import within
from reznet_load.core.measured.named_row import NamedRow
from reznet_load.core.rows import CONNECT, POST_CHANNEL
from reznet_load.core.system import clock
from reznet_load.load.samples.kept_operations import named
from reznet_load.load.sockets.session import Session, SessionError
from reznet_load.users.http_user import HttpUser
from reznet_load.users.scheduled_user import BACK_OFF


class SocketUser(HttpUser):
    """A user with a socket. A subclass sets `kind`, has one task, and overrides `on_event` if it waits for events."""

    abstract = True
    connect_row = CONNECT

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self.session = Session(self.shared.reactor, self.access, self.shared.settings.timeouts)
        self.session.listen = self.on_event

    def on_event(self, event: Event, at: float) -> None:
        """Take an event of the socket that arrived at `at` (seconds of `time.perf_counter`). Runs in the loop: never blocks."""

    def about(self, **facts: Any) -> dict[str, Any]:
        """What identifies an operation: the ids and the connection (`X-Request-ID` of its handshake), the user, `facts`."""
        ids = named(self.session.ids)
        return ids | {"user": self.name, "connection": ids["request_id"]} | facts

    def own_channel(self) -> str:
        """The id of a channel for this user alone, however long that takes; each failure is recorded.

        Raises StopUser if no new work may start.
        """
        attempt = 0
        while True:
            try:
                return self.shared.channels.take()
            except TargetError as error:
                text = str(error).split(self.shared.settings.host)[-1][:120].strip(" :") or "no channel"
                self.shared.recorder.record(POST_CHANNEL.seen(None, clock.now(), error=f"set-up: {text}"))
                if self.shared.stopping:
                    raise StopUser from None
                gevent.sleep(BACK_OFF[min(attempt, len(BACK_OFF) - 1)])
                attempt += 1

    def round_trip(
        self,
        row: NamedRow,
        send: Callable[[], float],
        waiting: Any,
        timeout: float,
        missing: str,
        late: float | None = None,
        about: dict[str, Any] | None = None,
    ) -> float | None:
        """Send, wait for the answer, and record the round trip in `row`; returns its ms, None if it failed.

        send      sends the question and returns the moment, seconds of `time.perf_counter`
        waiting   an AsyncResult that `on_event` sets to the arrival of the answer
        timeout   seconds until the answer counts as missing
        missing   the error if no answer came, like `no pong`
        late      seconds behind the scheduled start; None: no start was scheduled
        about     what identifies the operation; `on_event` may add to it until the answer has come
        """
        start = clock.now()
        error = None
        took = 0.0
        began = time.perf_counter()
        try:
            with self.in_flight(row), self.session.awaiting():
                began = send()
                took = (waiting.get(timeout=timeout) - began) * 1000
        except gevent.Timeout:
            error, took = within(missing, timeout), timeout * 1000
        except SessionError as failure:
            error, took = str(failure), (time.perf_counter() - began) * 1000
        self.shared.recorder.record(row.seen(took, start, late=late, error=error, about=about))
        return took if error is None else None
