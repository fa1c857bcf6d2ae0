"""All sockets of a process on one loop: one libev watcher each, frames parsed in the callback that read them.

Who awaits nothing is read in rounds instead (`rounds`), for what it hears is counted and not timed.

Rules, so that no socket spoils the others' times: the arrival time is taken in the callback; at most 256 KB a callback;
TLS is drained until it wants to read; a watcher is stopped before its socket is closed; the out-buffer is bounded; an
error in a callback ends that user's link, never the hub.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from time import perf_counter
from typing import Any

from gevent.hub import get_hub

from reznet_load.load.sockets.rounds import Rounds
from reznet_load.protocols.closing import ProtocolError, close_code
from reznet_load.protocols.counts import Counts
from reznet_load.protocols.frames import OP_BINARY, OP_CLOSE, OP_PING, OP_PONG, OP_TEXT, OTHERS, FrameReader
from reznet_load.protocols.outgoing import encode

_READ_AT_ONCE = 65_536
_BUFFER = bytearray(_READ_AT_ONCE)  # of all links: a callback is done with it before the next begins
_VIEW = memoryview(_BUFFER)
_READS = range(16)  # of a TLS callback; records are of 16 KB at most, and a busy socket keeps no other waiting longer
_OUT_LIMIT = 1 << 20  # bytes; a peer that takes nothing for so long is lost
_READ, _WRITE = 1, 2  # libev's event masks

Receiver = Callable[[int, bytes, float], None]


class Reactor:
    """The open links of this process and their counters."""

    def __init__(self) -> None:
        self.links: set[Link] = set()
        self.rounds = Rounds()
        self.connected = 0  # links whose Socket.IO connect is acknowledged
        self.payload_bytes = self.spared_bytes = 0  # of decoded events: as they came, and what short keys saved
        self.counts = Counts()  # of the readers of all links, closed ones included
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
        """Percent of the open links that negotiated permessage-deflate; None without any."""
        return 100 * sum(link.compressed for link in self.links) / len(self.links) if self.links else None

    def take_saved(self) -> float | None:
        """Percent that short keys saved of the events decoded since the last call; None where there were none."""
        payload, spared = self.payload_bytes, self.spared_bytes
        self.payload_bytes = self.spared_bytes = 0
        return 100 * spared / (payload + spared) if payload else None


def _hear(link: Link, read: Callable[[bytearray], int], reader: FrameReader) -> bool:
    """A plain socket may be read: once, for if there was more the loop calls again. May there be more?

    Most reads are passed over, and then `link` is not looked into: sockets that speak one at a time find each object of
    theirs cold in the cache, which costs as much as a call.
    """
    try:
        size = read(_BUFFER)
        message = reader.alone(_BUFFER, size)
        if message is not OTHERS:
            link._take(message, size, perf_counter())
        return size == _READ_AT_ONCE
    except Exception as error:
        link._fail(error)
        return False


class Link:
    """One upgraded WebSocket on the loop. `receive(opcode, payload, at)` gets text and binary messages, `at` by
    `time.perf_counter`; `lost(reason)` is called once, when it ends for any reason but `close`. Begins as one who awaits.
    """

    __slots__ = (
        "_hear", "_lost", "_out", "_reactor", "_read", "_reading", "_receive", "_resting", "_socket", "_write", "_writing",
        "compressed", "open", "reader",
    )  # fmt: skip

    def __init__(
        self, reactor: Reactor, sock: Any, reader: FrameReader, receive: Receiver, lost: Callable[[str], None]
    ) -> None:
        self.reader = reader
        self._reactor = reactor
        self._receive = receive
        self._lost = lost
        self._socket = sock
        self.compressed = reader.inflates
        # gevent's wrapper would block the greenlet: the plain non-blocking socket, or OpenSSL's object on top of it.
        if isinstance(sock, ssl.SSLSocket):
            self._read = partial(sock._sslobj.read, _READ_AT_ONCE)
            self._write = sock._sslobj.write  # type: ignore[attr-defined]
        else:
            self._read = sock._sock.recv_into
            self._write = sock._sock.send
        self._out = bytearray()
        self.open = True
        loop = get_hub().loop
        self._reading = loop.io(sock.fileno(), _READ)
        self._writing = loop.io(sock.fileno(), _WRITE)
        self._resting = False
        reactor.links.add(self)
        if isinstance(sock, ssl.SSLSocket):
            self._hear: tuple[Any, ...] = (self._drain,)
        else:
            self._hear = (_hear, self, self._read, reader)
        self._reading.start(*self._hear)

    def await_something(self, awaits: bool) -> None:
        """Does its user await something that is timed? Then it is read at once, else in rounds."""
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
        """TLS may be read: until it wants to read from the socket, which the loop cannot see before. May there be more?"""
        try:
            for _ in _READS:
                size = self._read(_BUFFER)
                message = self.reader.alone(_BUFFER, size)
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
            self._dispatch(self.reader.feed(bytes(_VIEW[:size])), at)
        else:
            self._end("the server closed the connection")

    def _fail(self, error: Exception) -> None:
        """A defect of one user must not take the hub and with it every other user."""
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

    def send(self, frame: bytes) -> None:
        """Write `frame` without ever waiting: what the kernel does not take now goes when it can."""
        if not self.open:
            return
        if self._out:
            self._out += frame
        else:
            try:
                sent = self._write(frame)
            except (BlockingIOError, ssl.SSLWantWriteError, ssl.SSLWantReadError):
                sent = 0
            except OSError as error:
                return self._end(f"connection lost: {error.strerror or error}")
            if sent < len(frame):
                self._out += frame[sent:]
                self._writing.start(self._writable)
        if len(self._out) > _OUT_LIMIT:
            self._end(f"the server takes nothing: {_OUT_LIMIT >> 20} MB wait to be sent")

    def _writable(self) -> None:
        try:
            if self._out:
                del self._out[: self._write(bytes(self._out))]
        except (BlockingIOError, ssl.SSLWantWriteError, ssl.SSLWantReadError):
            return
        except OSError as error:
            return self._end(f"connection lost: {error.strerror or error}")
        if not self._out and self.open:
            self._writing.stop()

    def _end(self, reason: str) -> None:
        if self.open:
            self.close()
            self._lost(reason)

    def close(self) -> None:
        """Close without waiting for the peer's close frame; says goodbye if the kernel takes it at once."""
        if not self.open:
            return
        self.open = False
        if not self._out:
            try:
                self._write(encode(OP_CLOSE, b"\x03\xe8"))  # 1000: normal closure
            except (OSError, ValueError):
                pass
        if self._resting:
            self._reactor.rounds.leave(self._socket.fileno())
        self._reading.stop()
        self._writing.stop()
        self._reading.close()
        self._writing.close()
        self._reactor.links.discard(self)
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._socket.close()
