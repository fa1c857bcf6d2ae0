"""`chat`: somebody who writes in a channel of their own: types, sends, sees the message come back, pings."""

from __future__ import annotations

import itertools
import random
from typing import Any

import gevent
from gevent.event import AsyncResult
from locust import task

from reznet_load.chat.wire import Event
from reznet_load.core.system import clock
from reznet_load.users.socket_user import SocketUser

_TYPING_SECONDS = (0.2, 0.6)  # from the first key to the message
_numbers = itertools.count(random.randrange(36**4))


def short_text() -> str:
    """A message no other looks like, of 9 characters: v1 sends anything over 10 to its orchestrator."""
    number, text = next(_numbers) % 36**5, ""
    for _ in range(5):
        number, digit = divmod(number, 36)
        text = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + text
    return "msg " + text


class ChatUser(SocketUser):
    """Writes and pings; the echo of its own message is the only acknowledgement there is."""

    kind = "chat"

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        self.channel = ""
        self._echo: tuple[str, AsyncResult] | None = None
        self._pong: tuple[int, AsyncResult] | None = None
        self._said: dict[str, Any] = {}  # of the last message, for who must find it again
        self._pings = itertools.count(1)

    def on_start(self) -> None:
        """A channel first, then the socket."""
        self.channel = self.own_channel()
        super().on_start()

    def on_event(self, event: Event, at: float) -> None:
        """Its own message coming back, or its pong."""
        data = event.data
        if event.name == "message_new" and self._echo is not None:
            text, waiting = self._echo
            if data.get("content") == text and data.get("channel_id") == self.channel and not waiting.ready():
                waiting.set(at)
                self._said["message"] = str(data.get("id", ""))
        elif event.name == "pong" and self._pong is not None:
            number, waiting = self._pong
            if data.get("timestamp") == number and not waiting.ready():
                waiting.set(at)

    @task
    def write(self) -> None:
        """Ping, type, send, see it come back.

        The ping comes first, woken by this user's own clock: after an echo it would always meet a loop that has just let
        go of everything, and would never see it stand still.
        """
        late = self.begin()
        session, timeouts = self.session, self.shared.settings.timeouts
        self.ping(late)
        if not session.connected:
            return
        session.emit("typing_start", {"channel_id": self.channel, "user_name": self.name})
        gevent.sleep(random.uniform(*_TYPING_SECONDS))
        text, echo = short_text(), session.wait()
        self._echo = (text, echo)
        message = {"channel_id": self.channel, "content": text, "author_name": self.name}
        self._said = said = self.about(channel=self.channel, text=text)
        took = self.round_trip(
            "echo", lambda: session.ask("message_send", message), echo, timeouts.echo, "no echo", late, said
        )
        self.shared.trace.write("echo", id=said.get("message", ""), start=clock.now() - (took or 0.0) / 1000, echo=took)

    def ping(self, late: float | None) -> None:
        """One round trip through the event loop, and nothing else."""
        session, timeouts = self.session, self.shared.settings.timeouts
        number, pong = next(self._pings), session.wait()
        self._pong = (number, pong)
        send, about = (lambda: session.ask("ping", {"timestamp": number})), self.about(text=f"ping {number}")
        self.round_trip("ping", send, pong, timeouts.pong, "no pong", late, about)
