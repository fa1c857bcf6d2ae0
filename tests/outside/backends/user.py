"""One user of a load, without the load: the session and the turn that a run has, against a real server."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import gevent

from reznet_load.chat.dialect import Conversation
from reznet_load.chat.streamed import StreamedTurn
from reznet_load.chat.turn import Turn
from reznet_load.core.settings.settings import Timeouts
from reznet_load.dialects.every import spoken
from reznet_load.load.sockets.reactor import Reactor
from reznet_load.load.sockets.session import Access, SessionError
from reznet_load.load.streams.session import StreamSession
from tests.outside.backends.servers import Server

_LIMIT_SECONDS = 60.0


@dataclass
class User:
    """Asks `server` in `conversation`, over its one connection to `url`, which is the server's own if empty, with `key`."""

    server: Server
    url: str = ""
    conversation: Conversation = field(default_factory=Conversation)
    turn: Turn | None = None
    key: str = ""

    def __post_init__(self) -> None:
        backend = self.server.backend
        self.dialect = spoken(backend.dialect, backend.path)
        self.session = StreamSession(Reactor(), Access(self.url or self.server.url), Timeouts())

    def ask(self, question: str) -> Turn:
        """A question, to the end of its turn."""
        if not self.session.connected:
            self.session.open()
        request, own = self.dialect.ask(self.conversation, question)
        turn = self.turn = Turn(own, time.perf_counter(), Timeouts(), self.dialect.echoes)
        try:
            with gevent.Timeout(_LIMIT_SECONDS):
                turn.asked_at = self.session.ask(
                    request, StreamedTurn(turn, self.dialect), self.dialect.access(self.key)
                )
                self.session.follow(turn)
        except SessionError as error:
            turn.disconnected(time.perf_counter(), str(error))
        finally:
            self.session.done()
        return turn

    def reads(self, pieces: int) -> None:
        """Wait until so many pieces of the reply that is on have come."""
        with gevent.Timeout(_LIMIT_SECONDS):
            while self.turn is None or self.turn.chunks < pieces:
                gevent.sleep(0.01)
