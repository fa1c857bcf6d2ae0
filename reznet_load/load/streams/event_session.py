"""One user's connections to a backend whose replies are events on a Socket.IO socket: asked over it, or over HTTP.

The interface is that of `StreamSession`, so that one kind of user drives both. What is idle answers pings; a connection that the
backend closed between two questions is opened again and counted.
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

HEARTBEAT_SECONDS = 30.0  # as Open WebUI's page has it


class EventSession:
    """Ask, then follow the turn to its end. `opens` is the row of what `open` opens next: one connection a call."""

    def __init__(self, reactor: Reactor, access: Access, timeouts: Timeouts) -> None:
        self._dialect = access.dialect
        self._http = StreamSession(reactor, access, timeouts)  # never opened where questions go over the socket
        self._socket = Session(reactor, access, timeouts)
        self._socket.listen = self._hear
        self._socket.on_lost = self._lost
        self._lost_sockets = self._reopened = 0
        self._turn: Turn | None = None
        self._awaiting = ExitStack()
        self._beats = get_hub().loop.timer(HEARTBEAT_SECONDS, HEARTBEAT_SECONDS, ref=False)

    @property
    def ids(self) -> dict[str, str]:
        """That name the last request: of a question over the socket, the socket's handshake."""
        return self._http.ids if self._dialect.path else self._socket.ids

    @property
    def reopened(self) -> int:
        """Connections that had been closed between two questions."""
        return self._http.reopened + self._reopened

    @property
    def connected(self) -> bool:
        """Is everything open that a question needs?"""
        return self._socket.connected and (not self._dialect.path or self._http.connected)

    @property
    def opens(self) -> NamedRow:
        """The socket first: what is said on it before the question belongs to no turn."""
        return self._http.opens if self._socket.connected else CONNECT

    def open(self) -> None:
        """Open what is not open. Raises SessionError naming the step that failed."""
        if self._socket.connected:
            self._http.open()
            return
        self._socket.open()
        self._reopened += self._lost_sockets
        self._lost_sockets = 0
        if self._dialect.heartbeat:
            self._beats.start(self._socket.say, self._dialect.heartbeat)

    def ask(self, sent: Emit | Request, streamed: StreamedTurn, headers: dict[str, str]) -> float:
        """Send a question whose events go to the turn; its moment by `time.perf_counter`. Raises SessionError."""
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
        self._beats.stop()
        turn = self._turn
        if turn is None or turn.final_at is not None:
            self._lost_sockets = 1
        if turn is not None:
            turn.disconnected(at, reason)
            self._http.bell.set()

    def follow(self, turn: Turn) -> None:
        """Sleep until the turn is closed; woken by its end, else by its own deadlines. Raises SessionError."""
        self._http.follow(turn)

    def done(self) -> None:
        """The turn is over: a user that was kept waiting leaves, so that a late reply meets no later question."""
        turn, self._turn = self._turn, None
        self._awaiting.close()
        self._http.done()
        if turn is not None and (not turn.closed or turn.failure in TIMED_OUT):
            self.close()
            self._socket.auth = self._dialect.new_session(self._socket.auth)

    def stop(self, said: Emit, turn: Turn) -> None:
        """Send a stop; from now on `turn` hears what the backend says to its question. Raises SessionError."""
        self._turn = turn
        turn.asked_at = self._socket.emit(said)

    def leave(self) -> None:
        """Its user is gone: the socket is closed, and the next question has a session of its own."""
        self.close()
        self._socket.auth = self._dialect.new_session(self._socket.auth)

    def renew(self) -> None:
        """The next question begins another conversation: where the socket's session holds it, another session."""
        auth = self._dialect.new_session(self._socket.auth)
        if auth != self._socket.auth:
            self.close()
            self._socket.auth = auth

    def close(self) -> None:
        """Close at once; never waits for the server."""
        self._beats.stop()
        self._socket.say(self._dialect.farewell)
        self._socket.close()
        self._http.close()
