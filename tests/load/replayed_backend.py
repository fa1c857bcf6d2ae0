"""A server that replays a recording of Chainlit or Open WebUI at its recorded times, over a WebSocket and HTTP.

Where the recording has a client's message, the server waits for one. Ids that the client chose replace the recorded ids.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import struct
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import gevent
from gevent import socket
from gevent.event import Event
from gevent.queue import Queue
from gevent.server import StreamServer

from tests.dialects.recordings import Line, lines

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
CLOSE = "close"  # a line of a script: the server closes the socket


def accepted(head: bytes) -> bytes:
    """The answer to a WebSocket upgrade."""
    key = re.search(rb"(?i)sec-websocket-key: (\S+)", head)[1]
    answer = base64.b64encode(hashlib.sha1(key + _GUID).digest())
    fields = (b"HTTP/1.1 101 Switching Protocols", b"Upgrade: websocket", b"Connection: Upgrade")
    return b"\r\n".join([*fields, b"Sec-WebSocket-Accept: " + answer, b"", b""])


def framed(text: str) -> bytes:
    """`text` as a text frame from a server."""
    data = text.encode()
    size = bytes((len(data),)) if len(data) < 126 else b"\x7e" + struct.pack(">H", len(data))
    return b"\x81" + size + data


def frames(sock: socket.socket) -> Iterator[tuple[int, str]]:
    """(opcode, text) of each frame from a client, until the client leaves."""
    stream = sock.makefile("rb")
    while len(head := stream.read(2)) == 2:
        size = head[1] & 0x7F
        size = struct.unpack(">H", stream.read(2))[0] if size == 126 else size
        mask = stream.read(4)
        data = bytes(byte ^ mask[n % 4] for n, byte in enumerate(stream.read(size)))
        yield head[0] & 0x0F, data.decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a script.

    way     `in`: the server sends `text`, as a frame or as bytes of an HTTP answer; `out`: it waits for the client
    pause   seconds after the step before
    """

    way: str
    text: str
    pause: float


def script(name: str, keep: Callable[[Line], bool] = lambda line: True) -> list[Step]:
    """The steps of a recording: frames, questions and their answers; other requests over HTTP are left out."""
    steps: list[Step] = []
    before, skipping = 0.0, False
    for line in lines(name):
        if line.path:
            skipping = line.path != "/api/chat/completions"
        elif re.match(r"\d", line.text):
            skipping = False
        pause, before = line.at - before, line.at
        if line.way == "note" or skipping or not keep(line) or "user-join" in line.text:
            continue
        steps.append(Step(line.way, line.text, max(0.0, pause)))
    return steps


@dataclass
class ReplayedBackend:
    """Plays `steps` to its first socket, and continues on each socket opened later.

    sent     texts that clients sent on sockets
    posted   bodies of questions over HTTP
    heads    heads of all requests, including upgrades
    played   (recorded seconds since the last client message, seconds of `time.perf_counter` at which it was sent)
    """

    steps: list[Step]
    keeps_http: bool = True  # False: the connection of a question is closed once it is answered
    sent: list[str] = field(default_factory=list)
    posted: list[dict] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)
    sockets: int = 0
    left: int = 0
    played: list[tuple[float, float]] = field(default_factory=list)

    def start(self) -> str:
        self._said: Queue = Queue()
        self._ids: dict[str, str] = {}
        self._web: socket.socket | None = None
        self._asker: socket.socket | None = None
        self._gone = Event()
        self._server = StreamServer(("127.0.0.1", 0), self._serve)
        self._server.start()
        self._player = gevent.spawn(self._play)
        return f"http://127.0.0.1:{self._server.server_port}"

    def stop(self) -> None:
        self._player.kill()
        self._server.stop()

    def _serve(self, sock: socket.socket, _: object) -> None:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        head = b""
        try:
            while data := sock.recv(65_536):
                head += data
                if b"\r\n\r\n" not in head:
                    continue
                before, _, body = head.partition(b"\r\n\r\n")
                size = re.search(rb"(?i)content-length: (\d+)", before)
                while size and len(body) < int(size[1]):
                    body += sock.recv(65_536)
                head = b""
                self.heads.append(before.decode("latin-1"))
                if b"Upgrade: websocket" in before:
                    return self._talk(sock, before)
                self.posted.append(json.loads(body))
                self._asker = sock
                self._said.put(("POST", body.decode()))
        except OSError:
            pass
        sock.close()

    def _talk(self, sock: socket.socket, head: bytes) -> None:
        sock.sendall(accepted(head))
        self.sockets += 1
        self._web = sock
        if self.sockets > 1:  # the recording has one connect: a later socket gets an open and an acknowledgement
            sock.sendall(framed('0{"sid":"again","upgrades":[],"pingTimeout":20000,"pingInterval":25000}'))
        for opcode, text in frames(sock):
            if opcode == 8:
                break
            self.sent.append(text)
            if self.sockets > 1 and text.startswith("40"):
                sock.sendall(framed('40{"sid":"again"}'))
            elif self.sockets == 1 or "client_message" in text:
                self._said.put(("frame", text))
        self.left += 1
        sock.close()

    def _play(self) -> None:
        while self._web is None:
            gevent.sleep(0.001)
        due = began = time.perf_counter()
        for step in self.steps:
            if step.way == "out":
                self._wait(step.text)
                due = began = time.perf_counter()
                self.played = []
                continue
            due += step.pause
            gevent.sleep(max(0.0, due - time.perf_counter()))
            self.played.append((due - began, time.perf_counter()))
            if step.text == CLOSE:
                self._web.shutdown(socket.SHUT_RDWR)
            elif re.match(r"\d", step.text):
                self._web.sendall(framed(self._translated(step.text)))
            else:
                self._asker.sendall(self._translated(step.text).encode())
                if not self.keeps_http:
                    self._asker.shutdown(socket.SHUT_RDWR)

    def _wait(self, recorded: str) -> None:
        """Wait for the client's message in place of `recorded`; its ids replace the recorded ids from now on."""
        kind, text = self._said.get(timeout=10)
        if kind == "POST":
            theirs, ours = json.loads(recorded.partition("\r\n\r\n")[2]), json.loads(text)
            self._ids |= {theirs["id"]: ours["id"], theirs["user_message"]["id"]: ours["user_message"]["id"]}
        elif "client_message" in recorded:
            theirs, ours = (json.loads(one[2:])[1]["message"] for one in (recorded, text))
            self._ids[theirs["id"]] = ours["id"]

    def sent_at(self, recorded: float) -> float:
        """When the step was sent that the recording has `recorded` ms after the question; seconds of `time.perf_counter`."""
        return min(self.played, key=lambda one: abs(one[0] * 1000 - recorded))[1]

    def _translated(self, text: str) -> str:
        for theirs, ours in self._ids.items():
            text = text.replace(theirs, ours)
        return text
