"""A connection for questions over HTTP: the loop reads it and passes on each read with the moment of its arrival."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Any

from reznet_load.load.sockets.reactor import Reactor
from reznet_load.load.sockets.wire import BUFFER, TLS_READS, Wire
from reznet_load.protocols.counts import Counts

Take = Callable[[bytearray, int, float], bool]  # (data, size, arrival) -> did neither the turn nor the answer end?
CLOSED = "the server closed the connection"


class StreamLink(Wire):
    """A connection that answers one question at a time.

    For each read, `take(data, size, at)` of the question is called. `data[:size]` is what was read, valid only during the
    call; `at` is its arrival, seconds of `time.perf_counter`. If `take` returns False, `hear()` is called, because the turn
    or the answer may have ended. `lost(reason)` is called once, when the connection ends for any reason but `close`.

    asked    questions that were sent on this connection
    silent   has nothing come since the last question?
    """

    __slots__ = ("_counts", "_hear", "_take", "asked", "silent")

    def __init__(self, reactor: Reactor, sock: Any, hear: Callable[[], None], lost: Callable[[str], None]) -> None:
        super().__init__(sock, lost)
        self._counts = reactor.counts
        self._hear = hear
        self.asked = 0
        self.silent = True
        self._await(_nothing)

    def ask(self, request: bytes, take: Take) -> float:
        """Send `request`, whose answer goes to `take`; returns the moment of sending, seconds of `time.perf_counter`."""
        self.asked += 1
        self.silent = True
        self._await(take)
        at = perf_counter()
        self.send(request)
        return at

    def _await(self, take: Take) -> None:
        self._take = take
        if self.open:
            self._reading.start(
                *((self._drain,) if self._secure else (_readable, self, self._read, take, self._counts))
            )

    def _drain(self) -> None:
        """Read TLS until it would have to read from the socket, because the loop cannot see buffered data."""
        try:
            for _ in TLS_READS:
                size = self._read(BUFFER)
                at = perf_counter()
                if not size:
                    return self._end(CLOSED)
                self._counts.messages += 1
                self._counts.wire_bytes += size
                if not self._take(BUFFER, size, at):
                    self.more()
                    if not self.open:
                        return None
        except Exception as error:
            self._fail(error)
        return None

    def more(self) -> None:
        """The last read may have begun or ended an answer: call `hear`."""
        self.silent = False
        self._hear()


def _readable(link: StreamLink, read: Callable[[bytearray], int], take: Take, counts: Counts) -> None:
    """Read a plain socket once.

    For most reads only the turn is accessed, not `link`. A stream has about 50 reads a second; between two of them each
    object has left the cache, and accessing it costs as much as a call.
    """
    try:
        size = read(BUFFER)
        at = perf_counter()
        if not size:
            return link._end(CLOSED)
        counts.messages += 1
        counts.wire_bytes += size
        if not take(BUFFER, size, at):
            link.more()
    except Exception as error:
        link._fail(error)
    return None


def _nothing(data: bytearray, size: int, at: float) -> bool:
    """The `take` of a connection on which no question was sent yet."""
    return False
