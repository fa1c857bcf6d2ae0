"""One user's connections to a backend whose replies are events on a Socket.IO socket.

Questions go over the same socket, or over HTTP if the dialect has a `path`. The interface is that of `StreamSession`, so
that one class of users drives both. An idle socket answers pings. A connection that the backend closes between two
questions is opened again and counted.
"""

from __future__ import annotations

from contextlib import ExitStack

from gevent.hub import get_hub

from reznet_load.chat.answered import AnsweredTurn
from reznet_load.chat.dialect import Emit, Event, Request
from reznet_load.chat.failure import TIMED_OUT
from reznet_load.chat.streamed import StreamedTurn
from reznet_load.chat.turn import Turn
from reznet_load.core.measured.named_row import NamedRow
from reznet_load.core.rows import CONNECT
from reznet_load.core.settings.settings import Timeouts
from reznet_load.load.sockets.reactor import Reactor
from reznet_load.load.sockets.session import Access, Session, SessionError
from reznet_load.load.streams.session import StreamSession

HEARTBEAT_SECONDS = 30.0  # as Open WebUI's own page does


class EventSession:
    """Ask, then follow the turn to its end. Each call of `open` opens one connection."""

    def __init__(self, reactor: Reactor, access: Access, timeouts: Timeouts) -> None:
        self._dialect = access.dialect
        self._http = StreamSession(reactor, access, timeouts)  # never opened if questions go over the socket
        self._socket = Session(reactor, access, timeouts)
        self._socket.listen = self._hear
        self._socket.on_lost = self._lost
        self._lost_sockets = self._reopened = 0
        self._turn: Turn | None = None
        self._awaiting = ExitStack()
        self._heartbeat = get_hub().loop.timer(HEARTBEAT_SECONDS, HEARTBEAT_SECONDS, ref=False)

    @property
    def ids(self) -> dict[str, str]:
        """Headers that identify the last request over HTTP; if questions go over the socket, those of its handshake."""
        return self._http.ids if self._dialect.path else self._socket.ids

    @property
    def reopened(self) -> int:
        """How many connections were opened again because the backend had closed them between two questions."""
        return self._http.reopened + self._reopened

    @property
    def connected(self) -> bool:
        """Are all connections open that a question needs?"""
        return self._socket.connected and (not self._dialect.path or self._http.connected)

    @property
    def opens(self) -> NamedRow:
        """The row for the next call of `open`. The socket is opened first, so that no event of a reply can be missed."""
        return self._http.opens if self._socket.connected else CONNECT

    def open(self) -> None:
        """Open the first connection that is not open. Raises SessionError with the step that failed."""
        if self._socket.connected:
            self._http.open()
            return
        self._socket.open()
        self._reopened += self._lost_sockets
        self._lost_sockets = 0
        if self._dialect.heartbeat:
            self._heartbeat.start(self._socket.say, self._dialect.heartbeat)

    def ask(self, sent: Emit | Request, streamed: StreamedTurn, headers: dict[str, str]) -> float:
        """Send a question and pass the events of its reply to the turn of `streamed`; returns the moment of sending.

        `headers` are added to a request over HTTP. The moment is in seconds of `time.perf_counter`. Raises SessionError.
        """
        if not self.connected:
            raise SessionError("disconnected: not connected")
        self._turn = streamed.turn
        self._awaiting.enter_context(self._socket.awaiting())
        if isinstance(sent, Emit):
            return self._socket.ask(sent)
        return self._http.ask(sent, AnsweredTurn(streamed.turn, self._dialect), headers)

    def _hear(self, event: Event, at: float) -> None:
        turn = self._turn
        if turn is None:
            return
        turn.hear(self._dialect, event, at)
        if turn.closed or turn.final_at is not None:
            self._http.bell.set()

    def _lost(self, reason: str, at: float) -> None:
        self._heartbeat.stop()
        turn = self._turn
        if turn is None or turn.final_at is not None:
            self._lost_sockets = 1
        if turn is not None:
            turn.disconnected(at, reason)
            self._http.bell.set()

    def follow(self, turn: Turn) -> None:
        """Sleep until the turn is closed; its end or its next deadline wakes the user. Raises SessionError."""
        self._http.follow(turn)

    def done(self) -> None:
        """The turn is over. After a time-out the connections are closed, so that a late reply cannot answer the next question."""
        turn, self._turn = self._turn, None
        self._awaiting.close()
        self._http.done()
        if turn is not None and (not turn.closed or turn.failure in TIMED_OUT):
            self.close()
            self._socket.auth = self._dialect.new_session(self._socket.auth)

    def stop(self, said: Emit, turn: Turn) -> None:
        """Send a stop event. From now on `turn` gets the events of the reply that is stopped. Raises SessionError."""
        self._turn = turn
        turn.asked_at = self._socket.emit(said)

    def leave(self) -> None:
        """The user leaves: close the connections; the next question has a new session."""
        self.close()
        self._socket.auth = self._dialect.new_session(self._socket.auth)

    def renew(self) -> None:
        """The next question begins a new conversation; if the socket's session holds the conversation, use a new session."""
        auth = self._dialect.new_session(self._socket.auth)
        if auth != self._socket.auth:
            self.close()
            self._socket.auth = auth

    def close(self) -> None:
        """Close at once; never waits for the server."""
        self._heartbeat.stop()
        self._socket.say(self._dialect.farewell)
        self._socket.close()
        self._http.close()
