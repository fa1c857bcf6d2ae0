"""All sockets of a process on one loop: one libev watcher each, frames parsed in the callback that read them.

A socket whose user waits for nothing is read in rounds instead (`rounds`), because its events are counted and not
timed.

Rules that keep a socket from affecting the times of others: those of `load/sockets/wire.py`, and
- the arrival time is taken in the callback that read the data,
- a callback reads at most 256 KB.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from time import perf_counter
from typing import Any

from reznet_load.load.sockets.rounds import Rounds
from reznet_load.load.sockets.wire import BUFFER, READ_AT_ONCE, TLS_READS, VIEW, Wire
from reznet_load.protocols.closing import close_code
from reznet_load.protocols.counts import Counts
from reznet_load.protocols.frames import OP_BINARY, OP_CLOSE, OP_PING, OP_PONG, OP_TEXT, OTHERS, FrameReader
from reznet_load.protocols.outgoing import encode

Receiver = Callable[[int, bytes, float], None]  # (opcode, payload, arrival in seconds of `time.perf_counter`)


class Reactor:
    """The open links of this process and their counters."""

    def __init__(self) -> None:
        self.links: set[Link] = set()
        self.rounds = Rounds()
        self.has_sockets = True  # False: no user has a Socket.IO connection
        self.connected = 0  # links whose Socket.IO connect was acknowledged
        self.payload_bytes = self.spared_bytes = 0  # of decoded events: on the wire, and saved by short keys
        self.counts = Counts()  # over all links, including closed links
        self._taken = Counts()

    def take_counts(self) -> Counts:
        """Bytes and messages received since the last call."""
        total, taken = replace(self.counts), self._taken
        self._taken = total
        return Counts(
            total.messages - taken.messages,
            total.wire_bytes - taken.wire_bytes,
            total.saved_bytes - taken.saved_bytes,
        )

    def compressed_share(self) -> float | None:
        """Percent of the open links that negotiated permessage-deflate; None if there are none."""
        return 100 * sum(link.compressed for link in self.links) / len(self.links) if self.links else None

    def take_saved(self) -> float | None:
        """Percent that short keys saved of the events decoded since the last call; None if there were none."""
        payload, spared = self.payload_bytes, self.spared_bytes
        self.payload_bytes = self.spared_bytes = 0
        return 100 * spared / (payload + spared) if payload else None


def _hear(link: Link, read: Callable[[bytearray], int], reader: FrameReader) -> bool:
    """Read a plain socket once; returns whether there may be more to read.

    Most messages are skipped, and then `link` is not accessed: between two messages of a socket, its objects leave the
    cache, and accessing one costs as much as a call.
    """
    try:
        size = read(BUFFER)
        message = reader.alone(BUFFER, size)
        if message is not OTHERS:
            link._take(message, size, perf_counter())
        return size == READ_AT_ONCE
    except Exception as error:
        link._fail(error)
        return False


class Link(Wire):
    """One WebSocket on the loop, after its upgrade.

    `receive(opcode, payload, at)` gets text and binary messages; `at` is the arrival, seconds of `time.perf_counter`.
    `lost(reason)` is called once, when the socket ends for any reason but `close`. A new link is read as if its user
    waited for something: at once, not in rounds.
    """

    __slots__ = ("_hear", "_reactor", "_receive", "_resting", "compressed", "reader")

    def __init__(
        self, reactor: Reactor, sock: Any, reader: FrameReader, receive: Receiver, lost: Callable[[str], None]
    ) -> None:
        super().__init__(sock, lost)
        self.reader = reader
        self._reactor = reactor
        self._receive = receive
        self.compressed = reader.inflates
        self._resting = False
        reactor.links.add(self)
        if self._secure:
            self._hear: tuple[Any, ...] = (self._drain,)
        else:
            self._hear = (_hear, self, self._read, reader)
        self._reading.start(*self._hear)

    def await_something(self, awaits: bool) -> None:
        """If the user waits for something that is timed (`awaits`), read the socket at once, else in rounds."""
        if not self.open or awaits is not self._resting:
            return
        self._resting = not awaits
        self.reader.awaits = awaits
        descriptor = self._socket.fileno()
        if awaits:
            self._reactor.rounds.leave(descriptor)
            self._reading.start(*self._hear)
        else:
            self._reading.stop()
            self._reactor.rounds.join(descriptor, partial(*self._hear))

    def _drain(self) -> bool:
        """Read TLS until it would have to read from the socket, because the loop cannot see buffered data.

        Returns whether there may be more to read.
        """
        try:
            for _ in TLS_READS:
                size = self._read(BUFFER)
                message = self.reader.alone(BUFFER, size)
                if message is not OTHERS:
                    self._take(message, size, perf_counter())
                    if not self.open:
                        return False
        except Exception as error:
            self._fail(error)
            return False
        return True

    def _take(self, message: bytes | None, size: int, at: float) -> None:
        if message is not None:
            self._receive(OP_TEXT, message, at)
        elif size:
            self._dispatch(self.reader.feed(bytes(VIEW[:size])), at)
        else:
            self._end("the server closed the connection")

    def _dispatch(self, messages: list[tuple[int, bytes]], at: float) -> None:
        for opcode, payload in messages:
            if opcode in (OP_TEXT, OP_BINARY):
                self._receive(opcode, payload, at)
            elif opcode == OP_PING:
                self.send(encode(OP_PONG, payload))
            elif opcode == OP_CLOSE:
                code, reason = close_code(payload)
                return self._end(f"the server closed the connection ({code}{' ' + reason if reason else ''})")
            if not self.open:
                return None
        return None

    def _before_close(self) -> None:
        """Send a close frame, if the kernel accepts it at once."""
        if not self._out:
            try:
                self._write(encode(OP_CLOSE, b"\x03\xe8"))  # 1000: normal closure
            except (OSError, ValueError):
                pass
        if self._resting:
            self._reactor.rounds.leave(self._socket.fileno())
        self._reactor.links.discard(self)
