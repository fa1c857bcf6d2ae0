"""`chat`: writes in a channel of its own: types, sends, sees the message come back, pings."""

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
    """A message no other looks like, of 9 characters: v1 sends anything over 10 to its orchestrator."""
    number = next(_numbers) % 36**5
    text = ""
    for _ in range(5):
        number, digit = divmod(number, 36)
        text = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + text
    return "msg " + text


class ChatUser(PingingUser):
    """Writes and pings; the echo of its own message is the only acknowledgement there is."""

    kind = "chat"

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        self.channel = ""
        self._echo: tuple[str, AsyncResult] | None = None
        self._said: dict[str, Any] = {}  # of the last message, for who must find it again

    def on_start(self) -> None:
        """A channel first, then the socket."""
        self.channel = self.own_channel()
        super().on_start()

    def on_event(self, event: Event, at: float) -> None:
        """Its own message coming back, or its pong."""
        super().on_event(event, at)
        if self._echo is not None and not self._echo[1].ready():
            text, waiting = self._echo
            if (message := self.shared.dialect.echo(event, self.channel, text)) is not None:
                waiting.set(at)
                self._said["message"] = message

    @task
    def write(self) -> None:
        """Ping, type, send, see it come back.

        The ping comes first, woken by this user's own clock: after an echo it would always meet a loop that has just let
        go of everything, and would never see it stand still.
        """
        late = self.begin()
        session = self.session
        timeouts = self.shared.settings.timeouts
        dialect = self.shared.dialect
        self.ping(late)
        if not session.connected:  # the socket was lost: the message of this round never comes back
            self.shared.recorder.record(ECHO.seen(timeouts.echo * 1000, clock.now(), late=late, error=MISSING))
            return
        session.emit(dialect.typing(self.channel, self.name))
        self.pause(self.luck.uniform(*_TYPING_SECONDS))
        text, echo = short_text(), session.wait()
        self._echo = (text, echo)
        message = dialect.say(self.channel, text, self.name)
        self._said = said = self.about(channel=self.channel, text=text)
        took = self.round_trip(ECHO, lambda: session.ask(message), echo, timeouts.echo, "no echo", late, said)
        self.shared.trace.write("echo", id=said.get("message", ""), start=clock.now() - (took or 0.0) / 1000, echo=took)
