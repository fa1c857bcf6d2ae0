"""`chat`: pings, and writes messages in a channel of its own: types, sends, waits for the echo."""

from __future__ import annotations

import itertools
import random
from typing import Any

from gevent.event import AsyncResult
from locust import task

from reznet_load.chat.dialect import Event
from reznet_load.core.measured.measurement import MISSING
from reznet_load.core.rows import ECHO
from reznet_load.core.system import clock
from reznet_load.users.pinging_user import PingingUser

_TYPING_SECONDS = (0.2, 0.6)  # from the first key to the message
_numbers = itertools.count(random.randrange(36**4))


def short_text() -> str:
    """A unique message of 9 characters. v1 passes messages of more than 10 characters to its orchestrator."""
    number = next(_numbers) % 36**5
    text = ""
    for _ in range(5):
        number, digit = divmod(number, 36)
        text = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + text
    return "msg " + text


class ChatUser(PingingUser):
    """Times its pings and the echoes of its messages. RezNet acknowledges a message only by its echo."""

    kind = "chat"

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        self.channel = ""
        self._echo: tuple[str, AsyncResult] | None = None
        self._said: dict[str, Any] = {}  # what identifies the last message in the backend's logs

    def on_start(self) -> None:
        """Take a channel, then open the socket."""
        self.channel = self.own_channel()
        super().on_start()

    def on_event(self, event: Event, at: float) -> None:
        """Take the awaited pong or the awaited echo; other events are ignored."""
        super().on_event(event, at)
        if self._echo is not None and not self._echo[1].ready():
            text, waiting = self._echo
            if (message := self.shared.dialect.echo(event, self.channel, text)) is not None:
                waiting.set(at)
                self._said["message"] = message

    @task
    def write(self) -> None:
        """One round: ping, type, send, wait for the echo.

        The ping comes first, at a moment that this user's schedule gives. Directly after an echo, the backend's event loop
        has just become free, so a ping would never find the loop blocked.
        """
        late = self.begin()
        session = self.session
        timeouts = self.shared.settings.timeouts
        dialect = self.shared.dialect
        self.ping(late)
        if not session.connected:  # the socket was lost: this round has no echo
            self.shared.recorder.record(ECHO.seen(timeouts.echo * 1000, clock.now(), late=late, error=MISSING))
            return
        session.emit(dialect.typing(self.channel, self.name))
        self.pause(self.rng.uniform(*_TYPING_SECONDS))
        text, echo = short_text(), session.wait()
        self._echo = (text, echo)
        message = dialect.say(self.channel, text, self.name)
        self._said = said = self.about(channel=self.channel, text=text)
        took = self.round_trip(ECHO, lambda: session.ask(message), echo, timeouts.echo, "no echo", late, said)
        self.shared.trace.write("echo", id=said.get("message", ""), start=clock.now() - (took or 0.0) / 1000, echo=took)
