"""A user that can ping: a ping is a round trip through the backend's event loop, and does no other work there."""

from __future__ import annotations

import itertools
from typing import Any

from gevent.event import AsyncResult

from reznet_load.chat.dialect import Event
from reznet_load.core.rows import PING
from reznet_load.users.socket_user import SocketUser


class PingingUser(SocketUser):
    """A user with `ping`. A subclass that overrides `on_event` must call `super().on_event`."""

    abstract = True

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        self._pong: tuple[int, AsyncResult] | None = None
        self._pings = itertools.count(1)

    def on_event(self, event: Event, at: float) -> None:
        """Take the awaited pong, which arrived at `at` (seconds of `time.perf_counter`); ignore other events."""
        if self._pong is not None and not self._pong[1].ready():
            number, waiting = self._pong
            if self.shared.dialect.pong(event) == number:
                waiting.set(at)

    def ping(self, late: float | None) -> None:
        """Send a ping, wait for its pong, record the time in `CHAT ping`.

        late   seconds behind the scheduled start; None: no start was scheduled
        """
        session = self.session
        number = next(self._pings)
        pong = session.wait()
        self._pong = (number, pong)
        ping, about = self.shared.dialect.ping(number), self.about(text=f"ping {number}")
        timeout = self.shared.settings.timeouts.pong
        self.round_trip(PING, lambda: session.ask(ping), pong, timeout, "no pong", late, about)
