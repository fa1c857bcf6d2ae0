"""A connection for questions over HTTP: one watcher on the loop, each read handed on with the moment of its arrival."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Any

from reznet_load.load.sockets.reactor import Reactor
from reznet_load.load.sockets.wire import BUFFER, TLS_READS, Wire
from reznet_load.protocols.counts import Counts

Take = Callable[[bytearray, int, float], bool]
CLOSED = "the server closed the connection"


class StreamLink(Wire):
    """The `take` of a question gets each read where it lies, `data[:size]`, with its moment by `time.perf_counter`; it is done
    with it when it returns: True, that was only a part of the answer; False, and `hear()` is called.
    `lost(reason)` is called once, when it ends.

    asked   questions that were sent on it        silent  nothing has come since the last of them
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
        """Send a question whose answer `take` gets; its moment."""
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
        """TLS may be read: until it wants to read from the socket, which the loop cannot see before."""
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
        """What was read may begin or end an answer."""
        self.silent = False
        self._hear()


def _readable(link: StreamLink, read: Callable[[bytearray], int], take: Take, counts: Counts) -> None:
    """A plain socket may be read. Of most reads only the turn is looked into: each object of a stream that speaks 50 times a
    second is cold in the cache, and costs as much as a call.
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
    """No question was sent yet."""
    return False
