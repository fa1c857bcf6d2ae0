"""A backend that stamps what it writes, a process of its own: `python -m benchmarks.accuracy.sender LOG [--bundle 4] [--pem FILE]`.

Each POST is answered with an OpenAI stream whose times are drawn at random. Kept of each, by one clock: when the kernel
had the question (SO_TIMESTAMPNS, so that a late loop here shortens nothing), and when each event was written, whose
bytes the reader's kernel has at once on loopback. How late this loop is with a write changes no figure, for the moment of
the write is what is compared. Prints its port; writes LOG when its standard input ends, a JSON line a reply.
"""

from __future__ import annotations

import argparse
import heapq
import json
import random
import selectors
import socket
import ssl
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

from benchmarks.accuracy.relay import arrival, stamp

_AT_ONCE = 65_536
_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
_FIRST, _GAP, _SPREAD, _TOKENS = 0.3, 0.05, 0.3, (60, 140)  # medians in seconds, log-sd, tokens of a reply


@dataclass
class Reply:
    """Moments in seconds since the epoch: the question came, each write of text, end; how late each write was."""

    id: str
    asked: float
    text: list[float] = field(default_factory=list)
    end: float = 0.0
    late: list[float] = field(default_factory=list)


def event(delta: dict[str, str], finish: str | None = None) -> bytes:
    """One event as a chunk of the encoding."""
    choices = [{"index": 0, "delta": delta, "finish_reason": finish}]
    body = (
        b"data: " + json.dumps({"id": "c1", "object": "chat.completion.chunk", "choices": choices}).encode() + b"\n\n"
    )
    return b"%x\r\n%s\r\n" % (len(body), body)


TOKEN = event({"content": "word "})
END = event({}, "stop") + b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n"


class Pipe:
    """A connection; TLS, where there is any, between memory and socket, so that the kernel's stamps are seen."""

    def __init__(self, sock: socket.socket, tls: ssl.SSLContext | None) -> None:
        self.sock = sock
        self.held = b""
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = tls.wrap_bio(self._in, self._out, server_side=True) if tls else None

    def read(self) -> tuple[bytes, float]:
        """(plain bytes, when the kernel had them). Raises OSError where the connection is over."""
        data, at = arrival(self.sock, _AT_ONCE)
        if not data:
            raise ConnectionError
        if self._tls is None:
            return data, at
        self._in.write(data)
        plain = b""
        try:
            while more := self._tls.read(_AT_ONCE):  # a record at a time
                plain += more
        except ssl.SSLWantReadError:
            pass
        self._flush()  # of the handshake
        return plain, at

    def write(self, data: bytes) -> None:
        """The few bytes of a reply always fit into the kernel's buffer."""
        if self._tls is None:
            self.sock.sendall(data)
        else:
            self._tls.write(data)
            self._flush()

    def _flush(self) -> None:
        if data := self._out.read():
            self.sock.sendall(data)


class Sender:
    """All connections on one selector, all writes in one heap: (due, number, pipe, reply, writes of text that are left)."""

    def __init__(self, bundle: int, tls: ssl.SSLContext | None) -> None:
        self._bundle, self._tls, self._luck = bundle, tls, random.Random(7)
        self._selector = selectors.DefaultSelector()
        self._due: list[tuple[float, int, Pipe, Reply, int]] = []
        self._number = 0
        self.replies: list[Reply] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.port = self._listener.getsockname()[1]
        stamp(self._listener)
        self._selector.register(self._listener, selectors.EVENT_READ, None)

    def run(self) -> None:
        """Answer until standard input ends."""
        self._selector.register(sys.stdin, selectors.EVENT_READ, None)
        while True:
            wait = max(0.0, self._due[0][0] - time.time()) if self._due else None
            for key, _ in self._selector.select(wait):
                if key.fileobj is self._listener:
                    self._accept()
                elif key.fileobj is sys.stdin:
                    return
                else:
                    self._hear(key.data)
            while self._due and self._due[0][0] <= time.time():
                self._write(*heapq.heappop(self._due))

    def _accept(self) -> None:
        sock, _ = self._listener.accept()
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._selector.register(sock, selectors.EVENT_READ, Pipe(sock, self._tls))

    def _hear(self, pipe: Pipe) -> None:
        try:
            data, at = pipe.read()
        except OSError:
            self._selector.unregister(pipe.sock)
            pipe.sock.close()
            return
        pipe.held += data
        head, end, body = pipe.held.partition(b"\r\n\r\n")
        fields = {
            name.lower(): value.strip() for name, _, value in (line.partition(b":") for line in head.split(b"\r\n"))
        }
        if not end or len(body) < int(fields.get(b"content-length", 0)):
            return
        pipe.held = b""
        reply = Reply(fields.get(b"x-request-id", b"").decode(), at)
        pipe.write(_HEAD)
        self.replies.append(reply)
        self._plan(at + self._drawn(_FIRST), pipe, reply, self._luck.randint(*_TOKENS) // self._bundle)

    def _drawn(self, median: float) -> float:
        return median * self._luck.lognormvariate(0.0, _SPREAD)

    def _plan(self, due: float, pipe: Pipe, reply: Reply, left: int) -> None:
        self._number += 1
        heapq.heappush(self._due, (due, self._number, pipe, reply, left))

    def _write(self, due: float, _: int, pipe: Pipe, reply: Reply, left: int) -> None:
        now = time.time()
        try:
            pipe.write(TOKEN * self._bundle if left else END)
        except OSError:
            return  # its reader has left
        reply.late.append(now - due)
        if left:
            reply.text.append(now)
            self._plan(due + self._drawn(_GAP * self._bundle), pipe, reply, left - 1)
        else:
            reply.end = now


def main() -> None:
    """Answer until standard input ends, then write what was sent to the log."""
    parser = argparse.ArgumentParser()
    parser.add_argument("log", type=Path)
    parser.add_argument("--bundle", type=int, default=1, help="tokens of one write")
    parser.add_argument("--pem", default="", help="key and certificate: TLS")
    options = parser.parse_args()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) if options.pem else None
    if tls is not None:
        tls.load_cert_chain(options.pem)
    sender = Sender(options.bundle, tls)
    print(sender.port, flush=True)
    sender.run()
    with options.log.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(asdict(reply)) + "\n" for reply in sender.replies)


if __name__ == "__main__":
    main()
