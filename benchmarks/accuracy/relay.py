"""A witness between generator and target, a process of its own: `python -m benchmarks.accuracy.relay TARGET_PORT LOG`.

It passes bytes on unread and keeps with each piece two moments: when the kernel had it from its sender (SO_TIMESTAMPNS,
so that no loop of anybody's stands between) and when it went on to its receiver, whose kernel has it at once on
loopback. From the client's bytes at the door to the server's bytes on their way back is what a user waits for, the
target's queue included; whatever the generator reports beyond it is the generator's own.
Prints its port; writes LOG when its standard input ends. Cost: about 25 µs a piece, nothing is written during a run.
"""

from __future__ import annotations

import selectors
import socket
import struct
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_SO_TIMESTAMPNS = 35  # Linux, <asm-generic/socket.h>; not in Python's socket module. On TCP since Linux 4.14
_STAMP = struct.Struct("qq")  # struct timespec
_HEAD = struct.Struct("<IBddI")  # connection, from the client?, arrived, left, size
_AT_ONCE = 65_536


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes that came together. Seconds since the epoch."""

    connection: int
    from_client: bool
    arrived: float
    left: float
    data: bytes


def read(log: Path) -> Iterator[Piece]:
    """What a relay wrote, in the order in which it left."""
    packed, at = log.read_bytes(), 0
    while at < len(packed):
        connection, from_client, arrived, left, size = _HEAD.unpack_from(packed, at)
        at += _HEAD.size + size
        yield Piece(connection, bool(from_client), arrived, left, packed[at - size : at])


def stamp(sock: socket.socket) -> None:
    """The kernel notes when bytes come to `sock`, and to connections that it accepts from now on."""
    sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)


def arrival(sock: socket.socket, size: int) -> tuple[bytes, float]:
    """(what there is to read, when the kernel had it, in seconds since the epoch). Raises OSError."""
    data, extra, _, _ = sock.recvmsg(size, 64)
    seconds, nanoseconds = _STAMP.unpack(extra[0][2]) if extra else (time.time(), 0)
    return data, seconds + nanoseconds / 1e9


class Relay:
    """Connections in pairs on one selector."""

    def __init__(self, target: int) -> None:
        self._target, self._kept, self._count = target, bytearray(), 0
        self._selector = selectors.DefaultSelector()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port = self._listener.getsockname()[1]
        self._selector.register(self._listener, selectors.EVENT_READ, None)

    def run(self) -> bytes:
        """Pass on until standard input ends; what was kept."""
        self._selector.register(sys.stdin, selectors.EVENT_READ, None)
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is self._listener:
                    self._accept()
                elif key.fileobj is sys.stdin:
                    return bytes(self._kept)
                else:
                    self._pass(key.fileobj, *key.data)

    def _accept(self) -> None:
        client, _ = self._listener.accept()
        server = socket.create_connection(("127.0.0.1", self._target))
        self._count += 1
        for one, other, from_client in ((client, server, True), (server, client, False)):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            stamp(one)
            self._selector.register(one, selectors.EVENT_READ, (other, self._count, from_client))

    def _pass(self, one: socket.socket, other: socket.socket, number: int, from_client: bool) -> None:
        """One read, handed on. Sockets block: the few bytes of a turn always fit into the kernel's buffer."""
        if one.fileno() < 0:
            return  # its pair ended in the same round
        try:
            data, arrived = arrival(one, _AT_ONCE)
            left = time.time()
            if data:
                other.sendall(data)
        except OSError:
            data = b""
        if not data:
            for end in (one, other):
                self._selector.unregister(end)
                end.close()
            return
        self._kept += _HEAD.pack(number, from_client, arrived, left, len(data)) + data


def main() -> None:
    """Relay to the port in argv until told to stop."""
    relay = Relay(int(sys.argv[1]))
    print(relay.port, flush=True)
    Path(sys.argv[2]).write_bytes(relay.run())


if __name__ == "__main__":
    main()
