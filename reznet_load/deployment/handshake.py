"""A connection for the WebSocket handshake with a limit on total time and length.

websocket-client reads an answer's head byte by byte, with a time-out for each read, and always uses the environment's
proxies. So `connections.way` opens the connection, and the head is read from this socket, which enforces the deadline.
"""

from __future__ import annotations

import socket
import ssl
import time
from typing import Any
from urllib.parse import urlsplit

from reznet_load.deployment.connections import way

MOST_HEAD_BYTES = 64 << 10
_END = b"\r\n\r\n"


class HandshakeTooLong(Exception):
    """The answer's head did not end within MOST_HEAD_BYTES."""


class HandshakeSocket:
    """The socket methods that websocket-client needs; every read ends at the deadline, and after MOST_HEAD_BYTES of a
    head.

    Bytes after the head stay in the socket: the first frames may be in the same segment.
    """

    def __init__(self, host: str, port: int, tls: ssl.SSLContext | None, seconds: float, proxy: str = "") -> None:
        self._deadline = time.monotonic() + seconds
        self._taken = 0
        self._ready = b""
        self._tail = b""  # the last three bytes read: the end of a head may span two segments
        self.raw: Any = way.connect(host, port, seconds, proxy)
        if tls is not None:
            try:
                self.raw.settimeout(self._left())
                self.raw = tls.wrap_socket(self.raw, server_hostname=host)
            except BaseException:
                self.raw.close()
                raise

    def _left(self) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the handshake did not end in time")
        return left

    def recv(self, size: int) -> bytes:
        """At most `size` bytes of the head. Raises TimeoutError, HandshakeTooLong, OSError."""
        if not self._ready:
            self._ready = self._next()
        given = self._ready[:size]
        self._ready = self._ready[size:]
        return given

    def _next(self) -> bytes:
        """The available bytes of the head; with TLS one byte at a time, because it cannot be peeked at."""
        if self._taken >= MOST_HEAD_BYTES:
            raise HandshakeTooLong
        self.raw.settimeout(self._left())
        if isinstance(self.raw, ssl.SSLSocket):
            found = self.raw.recv(1)
        else:
            seen = self.raw.recv(4096, socket.MSG_PEEK)
            end = (self._tail + seen).find(_END)
            found = self.raw.recv(end + len(_END) - len(self._tail) if end >= 0 else len(seen)) if seen else b""
            self._tail = (self._tail + found)[-len(_END) + 1 :]
        self._taken += len(found)
        return found

    def send(self, data: bytes) -> int:
        """Send some of `data`; returns how many bytes."""
        self.raw.settimeout(self._left())
        return self.raw.send(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.raw, name)


def connect(url: str, tls: ssl.SSLContext | None, seconds: float, proxy: str = "") -> HandshakeSocket:
    """A connection to the host of a ws:// or wss:// URL. Raises OSError."""
    parts = urlsplit(url)
    secure = parts.scheme == "wss"
    context = (tls or ssl.create_default_context()) if secure else None
    return HandshakeSocket(parts.hostname or "", parts.port or (443 if secure else 80), context, seconds, proxy)
