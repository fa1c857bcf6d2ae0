"""One connected socket on the loop: it is read when data are ready, written without waiting, and ended once with a reason.

Rules that keep a socket from affecting the times of others:
- TLS is read until it would have to read from the socket,
- a watcher is stopped before its socket is closed,
- the out-buffer is bounded,
- an error in a callback ends only that socket, never the hub.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from functools import partial
from typing import Any

from gevent.hub import get_hub

from reznet_load.protocols.closing import ProtocolError

READ_AT_ONCE = 65_536
BUFFER = bytearray(READ_AT_ONCE)  # shared by all sockets: a callback is done with it before the next begins
VIEW = memoryview(BUFFER)
# Reads per TLS callback, each at most a record of 16 KB: a busy socket cannot delay others for longer.
TLS_READS = range(16)
_OUT_LIMIT = 1 << 20  # bytes; if more wait to be sent, the peer reads nothing and counts as lost
_READ, _WRITE = 1, 2  # libev's event masks
_NOT_NOW = (BlockingIOError, ssl.SSLWantWriteError, ssl.SSLWantReadError)


class Wire:
    """A connected socket; `lost(reason)` is called once, when it ends for any reason but `close`."""

    __slots__ = ("_lost", "_out", "_read", "_reading", "_secure", "_socket", "_write", "_writing", "open")

    def __init__(self, sock: Any, lost: Callable[[str], None]) -> None:
        sock.settimeout(0)
        self._socket = sock
        self._lost = lost
        self._out = bytearray()
        self._secure = isinstance(sock, ssl.SSLSocket)
        # gevent's wrapper would block the greenlet. So use the plain non-blocking socket, or OpenSSL's object on top of it.
        if self._secure:
            self._read = partial(sock._sslobj.read, READ_AT_ONCE)
            self._write = sock._sslobj.write
        else:
            self._read = sock._sock.recv_into
            self._write = sock._sock.send
        self.open = True
        loop = get_hub().loop
        self._reading = loop.io(sock.fileno(), _READ)
        self._writing = loop.io(sock.fileno(), _WRITE)

    def send(self, data: bytes) -> None:
        """Write `data`; bytes that the kernel does not accept now are sent later."""
        if not self.open:
            return
        if self._out:
            self._out += data
        else:
            try:
                sent = self._write(data)
            except _NOT_NOW:
                sent = 0
            except OSError as error:
                return self._end(f"connection lost: {error.strerror or error}")
            if sent < len(data):
                self._out += data[sent:]
                self._writing.start(self._writable)
        if len(self._out) > _OUT_LIMIT:
            self._end(f"the server does not read: over {_OUT_LIMIT >> 20} MB wait to be sent")

    def _writable(self) -> None:
        try:
            if self._out:
                del self._out[: self._write(bytes(self._out))]
        except _NOT_NOW:
            return
        except OSError as error:
            return self._end(f"connection lost: {error.strerror or error}")
        if not self._out and self.open:
            self._writing.stop()

    def _fail(self, error: Exception) -> None:
        """End the socket with the reason in `error`. A defect in the code of one user must not end the hub and all users."""
        match error:
            case BlockingIOError() | ssl.SSLWantReadError():
                pass
            case ssl.SSLWantWriteError():
                self._writing.start(self._writable)
            case ProtocolError():
                self._end(f"protocol error: {error}")
            case OSError():
                self._end(f"connection lost: {error.strerror or error}")
            case _:
                self._end(f"{type(error).__name__}: {error}")

    def _end(self, reason: str) -> None:
        if self.open:
            self.close()
            self._lost(reason)

    def close(self) -> None:
        """Close at once; never waits for the peer."""
        if not self.open:
            return
        self.open = False
        self._before_close()
        self._reading.stop()
        self._writing.stop()
        self._reading.close()
        self._writing.close()
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._socket.close()

    def _before_close(self) -> None:
        """Send what must be sent before closing, and unregister."""
