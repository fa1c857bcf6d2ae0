"""One user's Socket.IO connection: opened by websocket-client, read by the reactor, written by the user's greenlet.

Every wait has a time-out with its own name; if a connection is lost, users that wait on it wake up.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import gevent
from gevent.event import AsyncResult

from reznet_load.chat.dialect import Emit, Event
from reznet_load.core.settings.settings import Timeouts
from reznet_load.deployment.cookies.jar import LightCookieJar
from reznet_load.deployment.upgrade import UpgradeError, upgrade, websocket_url
from reznet_load.dialects.every import DEFAULT
from reznet_load.load.samples.kept_operations import identify
from reznet_load.load.sockets.reactor import Link, Reactor
from reznet_load.protocols.closing import ProtocolError
from reznet_load.protocols.deflate import LEAST_BITS, Inflater, deflate, negotiate
from reznet_load.protocols.dialogue import Dialogue, DialogueEndedError
from reznet_load.protocols.frames import OP_BINARY, OP_TEXT, FrameReader
from reznet_load.protocols.outgoing import DEFLATE_FROM, encode
from reznet_load.protocols.packets import event


class SessionError(Exception):
    """A step of a session failed; the text says which, and what was received."""


@dataclass(frozen=True, slots=True)
class Access:
    """How one user reaches the deployment. `auth` is the object sent with the Socket.IO connect; REST calls of the user
    use the same cookie `jar`.
    """

    host: str
    socket_path: str = "/socket.io/"
    headers: dict[str, str] = field(default_factory=dict)
    jar: LightCookieJar = field(default_factory=LightCookieJar)
    auth: dict[str, Any] = field(default_factory=dict)
    tls: ssl.SSLContext | None = None
    compression: bool = True
    proxy: str = ""
    dialect: Any = DEFAULT

    @property
    def url(self) -> str:
        """The WebSocket URL of Engine.IO 4, without polling first."""
        return websocket_url(self.host, self.socket_path)

    def identify(self) -> dict[str, str]:
        """New headers that identify one request, except headers that the user of reznet-load has set."""
        drawn = identify()
        if not self.headers:
            return drawn
        given = {name.lower() for name in self.headers}
        return {name: value for name, value in drawn.items() if name.lower() not in given}


class Session:
    """A connected Socket.IO client of one user.

    listen    set by the user: called with each Event and its arrival (`time.perf_counter` seconds), in the loop
    wanted    ids of messages; chunks of all others are counted and skipped unread
    """

    def __init__(self, reactor: Reactor, access: Access, timeouts: Timeouts) -> None:
        self._reactor = reactor
        self._access = access
        self._timeouts = timeouts
        self.auth = access.auth  # the object of the next connect
        self._link: Link | None = None
        self._dialogue = Dialogue()
        self._id_in = access.dialect.prefixes.id_in
        self._deflate_bits = 0  # window for sending; 0 without compression
        self._acknowledged: AsyncResult = AsyncResult()
        self._waits: set[AsyncResult] = set()
        self._awaited = 0  # answers whose arrival is timed
        self.listen: Callable[[Event, float], None] | None = None
        self.on_lost: Callable[[str, float], None] | None = None
        self._wanted: frozenset[bytes] = frozenset()
        self.ids: dict[str, str] = {}  # sent with the last handshake
        self.connected = False

    @property
    def wanted(self) -> Collection[bytes]:
        """Ids of the messages whose chunks belong to the user's question."""
        return self._wanted

    @wanted.setter
    def wanted(self, ids: Collection[bytes]) -> None:
        ids = frozenset(ids)
        if ids == self._wanted:
            return  # users set it after every event
        self._wanted = ids
        if self._link is not None:
            self._link.reader.want(ids)

    def open(self) -> None:
        """Connect, upgrade, and do the Socket.IO handshake. Raises SessionError with the step that failed."""
        sock, header = self._upgrade()
        try:
            parameters = negotiate(header)
        except ProtocolError as error:
            sock.close()
            raise SessionError(f"upgrade: {error}") from None
        inflater, chunks = Inflater(parameters) if parameters else None, self._access.dialect.prefixes
        reader = FrameReader(inflater, counts=self._reactor.counts, chunks=chunks)
        reader.want(self._wanted)
        self._deflate_bits = parameters.client_bits if parameters else 0
        self._acknowledged = AsyncResult()
        self._dialogue = Dialogue(self.auth or None, self._access.dialect.hello)
        self._link = Link(self._reactor, sock, reader, self._receive, self._on_lost)
        try:
            self._acknowledged.get(timeout=self._timeouts.handshake)
        except gevent.Timeout:
            self.close()
            raise SessionError(
                f"handshake time-out: no Socket.IO connect within {self._timeouts.handshake:g} s"
            ) from None
        self.connected = True
        self._reactor.connected += 1
        if not self._awaited:
            self._link.await_something(False)

    @contextmanager
    def awaiting(self) -> Iterator[None]:
        """Within it, data are read when they arrive; outside of it, in rounds (`load/sockets/rounds.py`).

        Enter it before sending a question whose answer is timed.
        """
        self._awaited += 1
        if self._awaited == 1 and self._link is not None:
            self._link.await_something(True)
        try:
            yield
        finally:
            self._awaited -= 1
            if not self._awaited and self.connected and self._link is not None:
                self._link.await_something(False)

    def _upgrade(self) -> tuple[Any, str | None]:
        access = self._access
        self.ids = access.identify()
        tls, seconds = access.tls, self._timeouts.connect
        cookie = access.jar.header(access.url)
        try:
            opened = upgrade(
                access.url, access.headers | self.ids, cookie, tls, seconds, access.compression, access.proxy
            )
        except UpgradeError as error:
            raise SessionError(str(error)) from None
        access.jar.take(access.url, opened.cookies)
        return opened.socket, opened.extensions

    def ask(self, question: Emit) -> float:
        """As `emit`, for an event whose answer is timed. Call it within `awaiting`."""
        assert self._awaited, "outside of `awaiting`, an answer would be timed when its round comes"
        return self.emit(question)

    def emit(self, said: Emit) -> float:
        """Send an event; returns the moment of sending, seconds of `time.perf_counter`.

        Raises SessionError if the connection is closed.
        """
        if self._link is None or not self._link.open:
            raise SessionError("disconnected: not connected")
        at = time.perf_counter()
        self._link.send(self._framed(event(said.name, *said.arguments)))
        return at

    def say(self, payload: bytes) -> None:
        """Send an event (encoded) that needs no answer. Does nothing if it is empty, or if the socket is not connected."""
        if payload and self.connected and self._link is not None:
            self._link.send(self._framed(payload))

    def _framed(self, payload: bytes) -> bytes:
        """`payload` as a text frame, compressed if that was negotiated and the payload is long enough to become shorter."""
        if len(payload) < DEFLATE_FROM or self._deflate_bits < LEAST_BITS:
            return encode(OP_TEXT, payload)
        return encode(OP_TEXT, deflate(payload, self._deflate_bits), deflated=True)

    def wait(self) -> AsyncResult:
        """A result for the user to set in `listen`. If the connection is lost, it raises SessionError."""
        result: AsyncResult = AsyncResult()
        self._waits = {waiting for waiting in self._waits if not waiting.ready()}
        self._waits.add(result)
        return result

    def _receive(self, opcode: int, payload: bytes, at: float) -> None:
        if opcode == OP_TEXT:
            message = self._id_in(payload)
            if message is not None and message not in self._wanted:
                return
        try:
            answer, packet = self._dialogue.feed(payload, opcode == OP_BINARY)
        except DialogueEndedError as end:
            return self._fail(str(end))
        if answer and self._link is not None:
            self._link.send(encode(OP_TEXT, answer))
        if packet is not None:
            if packet.kind == "event" and (spared := self._access.dialect.spared(packet.data)) is not None:
                self._reactor.payload_bytes += len(payload)
                self._reactor.spared_bytes += spared
            if self.listen is not None and self._link is not None:
                for one in self._access.dialect.hear(packet):
                    self.listen(one, at)
        elif self._dialogue.connected and not self._acknowledged.ready():
            self._acknowledged.set(True)
        return None

    def _fail(self, reason: str) -> None:
        self.close()
        self._on_lost(reason)

    def _on_lost(self, reason: str) -> None:
        self._leave()
        error = SessionError(reason if reason.startswith(("connect", "disconnected")) else f"disconnected: {reason}")
        if not self._acknowledged.ready():
            self._acknowledged.set_exception(error)
        for waiting in self._waits:
            if not waiting.ready():
                waiting.set_exception(error)
        self._waits.clear()
        if self.on_lost is not None:
            self.on_lost(str(error), time.perf_counter())

    def _leave(self) -> None:
        if self.connected:
            self.connected = False
            self._reactor.connected -= 1

    def close(self) -> None:
        """Close at once; never waits for the server."""
        self._leave()
        if self._link is not None:
            self._link.close()
            self._link = None
