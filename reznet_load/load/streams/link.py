"""A connection for questions over HTTP: one watcher on the loop, each read handed on with the moment of its arrival."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Any

from reznet_load.load.sockets.reactor import Reactor
from reznet_load.load.sockets.wire import BUFFER, TLS_READS, Wire

Hear = Callable[[bytearray, int, float], None]
CLOSED = "the server closed the connection"


class StreamLink(Wire):
    """`hear(data, size, at)` gets each read where it lies, `data[:size]`, `at` by `time.perf_counter`; it is done with it when
    it returns. `lost(reason)` is called once, when it ends.

    asked   questions that were sent on it        silent  nothing has come since the last of them
    """

    __slots__ = ("_counts", "_hear", "asked", "silent")

    def __init__(self, reactor: Reactor, sock: Any, hear: Hear, lost: Callable[[str], None]) -> None:
        super().__init__(sock, lost)
        self._counts = reactor.counts
        self._hear = hear
        self.asked = 0
        self.silent = True
        self._reading.start(self._drain if self._secure else self._readable)

    def ask(self, request: bytes) -> float:
        """Send a question; its moment."""
        self.asked += 1
        self.silent = True
        at = perf_counter()
        self.send(request)
        return at

    def _readable(self) -> None:
        try:
            size = self._read(BUFFER)
            self._take(size, perf_counter())
        except Exception as error:
            self._fail(error)

    def _drain(self) -> None:
        """TLS may be read: until it wants to read from the socket, which the loop cannot see before."""
        try:
            for _ in TLS_READS:
                size = self._read(BUFFER)
                self._take(size, perf_counter())
                if not self.open:
                    return
        except Exception as error:
            self._fail(error)

    def _take(self, size: int, at: float) -> None:
        if not size:
            return self._end(CLOSED)
        self.silent = False
        counts = self._counts
        counts.messages += 1
        counts.wire_bytes += size
        self._hear(BUFFER, size, at)
        return None
