"""One user's Socket.IO connection over a blocking socket: gives what `chat` understands; the waiting caller reads it."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from reznet_load.chat.dialect import Dialect, Emit, Event
from reznet_load.core.settings.accounts import without_cookies
from reznet_load.core.settings.settings import Settings
from reznet_load.deployment.cookies.jar import LightCookieJar
from reznet_load.deployment.tls import tls_context
from reznet_load.deployment.upgrade import UpgradeError, upgrade, websocket_url
from reznet_load.dialects.every import DEFAULT
from reznet_load.protocols.closing import ProtocolError, plain
from reznet_load.protocols.deflate import Inflater, negotiate
from reznet_load.protocols.dialogue import Dialogue, DialogueEndedError
from reznet_load.protocols.frames import OP_BINARY, OP_CLOSE, OP_PING, OP_PONG, OP_TEXT, FrameReader
from reznet_load.protocols.outgoing import encode
from reznet_load.protocols.packets import PacketError, event

_READ_BYTES = 65_536
_LEAST_SECONDS = 0.001  # a time-out of 0 would make the socket non-blocking


class BlockingSessionError(Exception):
    """The connection could not be opened, or was lost; the text names the failure and what was received."""


class BlockingSession:
    """Open, `emit`, and `listen` until the caller has received enough."""

    def __init__(self, settings: Settings, account: dict[str, Any], dialect: Dialect = DEFAULT) -> None:
        self._settings = settings
        self._account = account
        self.dialect = dialect
        self._payload = self._spared = 0  # bytes of the received events: on the wire, and saved by short keys

    def open(self) -> None:
        """Connect, upgrade, do the Socket.IO handshake. Raises BlockingSessionError naming the step that failed."""
        settings, account = self._settings, self._account
        auth = settings.socket_auth | account.get("socket_auth", {})
        url = websocket_url(settings.host, settings.socket_path)
        headers, cookies = without_cookies(
            settings.headers | account.get("headers", {}), settings.cookies | account.get("cookies", {})
        )
        self._dialogue = Dialogue(auth or None, self.dialect.hello)
        try:
            opened = upgrade(
                url,
                headers,
                LightCookieJar(cookies, settings.host).header(url),
                tls_context(settings) if settings.host.startswith("https:") else None,
                settings.timeouts.connect,
                settings.compression,
                settings.proxy,
            )
            self._socket = opened.socket
            parameters = negotiate(opened.extensions)
        except (UpgradeError, ProtocolError) as error:
            raise BlockingSessionError(str(error)) from None
        self.compressed = parameters is not None
        self._reader = FrameReader(Inflater(parameters) if parameters else None, chunks=self.dialect.prefixes)
        limit = settings.timeouts.handshake
        until = time.perf_counter() + limit
        while not self._dialogue.connected:
            if time.perf_counter() > until:
                raise BlockingSessionError(f"handshake time-out: no Socket.IO connect within {limit:g} s")
            self.listen(until, lambda *_: None, lambda: self._dialogue.connected)

    def emit(self, said: Emit) -> None:
        """Send an event. Raises BlockingSessionError."""
        self._send(encode(OP_TEXT, event(said.name, *said.arguments)))

    def listen(self, until: float, hear: Callable[[Event, float], None], enough: Callable[[], bool]) -> None:
        """Call `hear` with each event and its arrival (`time.perf_counter` seconds) until `enough`, or until `until`.

        Raises BlockingSessionError if the connection is lost.
        """
        while not enough() and (left := until - time.perf_counter()) > 0:
            self._socket.settimeout(max(left, _LEAST_SECONDS))
            try:
                data = self._socket.recv(_READ_BYTES)
            except TimeoutError:
                return
            except OSError as error:
                raise BlockingSessionError(f"disconnected: {plain(error)}") from None
            at = time.perf_counter()
            if not data:
                raise BlockingSessionError("disconnected: the server closed the connection")
            try:
                for opcode, payload in self._reader.feed(data):
                    self._take(opcode, payload, at, hear)
            except (ProtocolError, PacketError) as error:
                raise BlockingSessionError(f"disconnected: {error}") from None

    def _take(self, opcode: int, payload: bytes, at: float, hear: Callable[[Event, float], None]) -> None:
        if opcode == OP_PING:
            return self._send(encode(OP_PONG, payload))
        if opcode == OP_CLOSE:
            raise BlockingSessionError("disconnected: the server ended the session")
        if opcode not in (OP_TEXT, OP_BINARY):
            return
        try:
            answer, packet = self._dialogue.feed(payload, opcode == OP_BINARY)
        except DialogueEndedError as end:
            raise BlockingSessionError(str(end)) from None
        if answer:
            self._send(encode(OP_TEXT, answer))
        if packet is None:
            return
        if packet.kind == "event":
            self._payload += len(payload)
            self._spared += self.dialect.spared(packet.data) or 0
        for one in self.dialect.hear(packet):
            hear(one, at)

    def take_saved(self) -> tuple[int, int]:
        """(bytes of the events received since the last call, bytes that short keys saved in them)."""
        found = (self._payload, self._spared)
        self._payload = 0
        self._spared = 0
        return found

    def _send(self, frame: bytes) -> None:
        try:
            self._socket.settimeout(self._settings.timeouts.connect)
            self._socket.sendall(frame)
        except OSError as error:
            raise BlockingSessionError(f"disconnected: {plain(error)}") from None

    def close(self) -> None:
        """Close the connection at once; the dialect may send something before."""
        if not hasattr(self, "_socket"):
            return
        if self.dialect.farewell and self._dialogue.connected:
            with suppress(BlockingSessionError):
                self._send(encode(OP_TEXT, self.dialect.farewell))
        self._socket.close()
