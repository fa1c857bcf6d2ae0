"""All sockets of a process on one loop: one libev watcher each, frames parsed in the callback that read them.

Rules (DESIGN.md, "How the parts meet"): the arrival time is taken in the callback; at most 256 KB a callback; TLS is
drained until it wants to read; a watcher is stopped before its socket is closed; the out-buffer is bounded; an error in
a callback ends that user's link, never the hub.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial
from time import perf_counter
from typing import Any

from gevent.hub import get_hub

from reznet_load.chat.frames import OP_BINARY, OP_CLOSE, OP_PING, OP_PONG, OP_TEXT, FrameReader
from reznet_load.chat.outgoing import encode
from reznet_load.chat.protocol import ProtocolError, close_code

_READ_AT_ONCE = 65_536
_BUFFER = bytearray(_READ_AT_ONCE)  # of all links: a callback is done with it before the next begins
_VIEW = memoryview(_BUFFER)
_READS = range(4)  # a callback, x 64 KB: one busy socket may not keep the others waiting longer
_OUT_LIMIT = 1 << 20  # bytes; a peer that takes nothing for so long is lost
_READ, _WRITE = 1, 2  # libev's event masks

Receiver = Callable[[int, bytes, float], None]


@dataclass(slots=True)
class Counts:
    """What came in since the last time somebody asked."""

    wire_bytes: int = 0
    plain_bytes: int = 0
    events: int = 0


class Reactor:
    """The open links of this process and their counters."""

    def __init__(self) -> None:
        self.links: set[Link] = set()
        self.connected = 0  # links whose Socket.IO connect is acknowledged
        self.payload_bytes = self.spared_bytes = 0  # of decoded events: as they came, and what short keys saved
        self._gone = Counts()
        self._taken = Counts()

    def take_counts(self) -> Counts:
        """Bytes and messages received since the last call."""
        total = Counts(self._gone.wire_bytes, self._gone.plain_bytes, self._gone.events)
        for link in self.links:
            _add(total, link.reader)
        new = Counts(
            total.wire_bytes - self._taken.wire_bytes,
            total.plain_bytes - self._taken.plain_bytes,
            total.events - self._taken.events,
        )
        self._taken = total
        return new

    def compressed_share(self) -> float | None:
        """Percent of the open links that negotiated permessage-deflate; None without any."""
        return 100 * sum(link.compressed for link in self.links) / len(self.links) if self.links else None

    def take_saved(self) -> float | None:
        """Percent that short keys saved of the events decoded since the last call; None where there were none."""
        payload, spared = self.payload_bytes, self.spared_bytes
        self.payload_bytes = self.spared_bytes = 0
        return 100 * spared / (payload + spared) if payload else None

    def remove(self, link: Link) -> None:
        """Forget a closed link, keep its counts."""
        if link in self.links:
            self.links.discard(link)
            _add(self._gone, link.reader)


def _add(counts: Counts, reader: FrameReader) -> None:
    counts.wire_bytes += reader.wire_bytes
    counts.plain_bytes += reader.plain_bytes
    counts.events += reader.messages


class Link:
    """One upgraded WebSocket on the loop. `receive(opcode, payload, at)` gets text and binary messages, `at` by
    `time.perf_counter`; `lost(reason)` is called once, when it ends for any reason but `close`.
    """

    __slots__ = (
        "_drained_below", "_lost", "_others", "_out", "_reactor", "_read", "_reading", "_receive", "_single", "_socket",
        "_write", "_writing", "compressed", "open", "reader", "wanted",
    )  # fmt: skip

    def __init__(
        self, reactor: Reactor, sock: Any, reader: FrameReader, receive: Receiver, lost: Callable[[str], None]
    ) -> None:
        self.reader, self._reactor, self._receive, self._lost = reader, reactor, receive, lost
        self._socket = sock
        self.compressed = reader.inflates
        # gevent's wrapper would block the greenlet: the plain non-blocking socket, or OpenSSL's object on top of it.
        self._single, self._others = reader.single, reader.others  # bound once: looked up for every event
        self.wanted: Collection[bytes] = ()  # ids of the messages whose chunks are its own
        # A short read says that a plain socket is drained; TLS holds back what fits no record, so only want-read says it.
        self._drained_below = 0 if isinstance(sock, ssl.SSLSocket) else _READ_AT_ONCE
        if isinstance(sock, ssl.SSLSocket):
            self._read, self._write = partial(sock._sslobj.read, _READ_AT_ONCE), sock._sslobj.write  # type: ignore[attr-defined]
        else:
            self._read, self._write = sock._sock.recv_into, sock._sock.send
        self._out = bytearray()
        self.open = True
        loop = get_hub().loop
        self._reading = loop.io(sock.fileno(), _READ)
        self._writing = loop.io(sock.fileno(), _WRITE)
        reactor.links.add(self)
        self._reading.start(self._readable)

    def _readable(self) -> None:
        try:
            for _ in _READS:
                size = self._read(_BUFFER)
                if not self._others(_BUFFER, size, self.wanted):
                    if not size:
                        return self._end("the server closed the connection")
                    self._take(bytes(_VIEW[:size]), perf_counter())
                    if not self.open:
                        return None
                if self._drained_below > size:
                    return None
        except (BlockingIOError, ssl.SSLWantReadError):
            return None
        except ssl.SSLWantWriteError:
            self._writing.start(self._writable)
        except ProtocolError as error:
            self._end(f"protocol error: {error}")
        except OSError as error:
            self._end(f"connection lost: {error.strerror or error}")
        except Exception as error:  # a defect of one user must not take the hub and with it every other user
            self._end(f"{type(error).__name__}: {error}")
        return None

    def _take(self, data: bytes, at: float) -> None:
        message = self._single(data)
        if message is not None:
            self._receive(OP_TEXT, message, at)
        else:
            self._dispatch(self.reader.feed(data), at)

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
        self._reading.stop()
        self._writing.stop()
        self._reading.close()
        self._writing.close()
        self._reactor.remove(self)
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._socket.close()
