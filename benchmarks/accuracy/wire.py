"""What the relay's bytes say of each question: frames read by PyPI `websockets` without I/O, a parser that is not ours."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import Frame, Opcode
from websockets.protocol import Protocol, Side

from benchmarks.accuracy.relay import Piece
from reznet_load.target.generation import GENERATIONS
from reznet_load.target.truth import Connection

_END = b"\r\n\r\n"


class Direction:
    """One way of a connection: an HTTP head, then frames for `side`."""

    def __init__(self, side: Side) -> None:
        self.head = b""
        self.frames = Protocol(side, max_size=None)
        self._text: bytes | None = None  # of a message whose last frame is still to come

    @property
    def open(self) -> bool:
        """Is the head complete, so that frames follow?"""
        return _END in self.head

    def head_of(self, data: bytes) -> bytes:
        """Take what belongs to the head; the rest."""
        if self.open:
            return data
        self.head, end, rest = (self.head + data).partition(_END)
        self.head += end
        return rest

    def messages(self, data: bytes) -> Iterator[str]:
        """Text messages that `data` completes."""
        self.frames.receive_data(data)
        self.frames.data_to_send()  # its pongs: nobody gets them
        for frame in self.frames.events_received():
            assert isinstance(frame, Frame)
            if frame.opcode is Opcode.TEXT:
                self._text = b""
            if self._text is not None and frame.opcode in (Opcode.TEXT, Opcode.CONT):
                self._text += frame.data
                if frame.fin:
                    yield self._text.decode()
                    self._text = None


def truth(pieces: Iterable[Piece]) -> dict[str, dict[str, Any]]:
    """Message id -> echo, first, final, gaps in ms, as they passed the relay."""
    by_connection: dict[int, list[Piece]] = defaultdict(list)
    for piece in pieces:
        by_connection[piece.connection].append(piece)
    found: dict[str, dict[str, Any]] = {}
    for ours in by_connection.values():
        _follow(ours, found)
    return found


def _follow(pieces: list[Piece], found: dict[str, dict[str, Any]]) -> None:
    asked, answered = Direction(Side.SERVER), Direction(Side.CLIENT)
    seen = Connection(lambda line: found.setdefault(line["id"], {}).update(line), GENERATIONS["v1"])
    for piece in pieces:
        way = asked if piece.from_client else answered
        known = answered.open
        data = way.head_of(piece.data)
        if answered.open and not known:
            if b"upgrade: websocket" not in asked.head.lower():
                return  # REST
            _agree(answered, asked)
        for text in way.messages(data) if data and answered.open else ():
            if piece.from_client:
                seen.heard(text, piece.arrived)
            else:
                seen.said(text, piece.left)


def _agree(answered: Direction, asked: Direction) -> None:
    """permessage-deflate as the head of the server's answer says; before the first frame is read."""
    lines = answered.head.decode("latin-1").lower().splitlines()
    extension = next((line for line in lines if line.startswith("sec-websocket-extensions:")), "")
    if "permessage-deflate" not in extension:
        return
    given = dict(part.strip().partition("=")[::2] for part in extension.split(";")[1:])
    server, client = "server_no_context_takeover" in given, "client_no_context_takeover" in given
    bits = [int(given.get(f"{who}_max_window_bits") or 15) for who in ("server", "client")]
    answered.frames.extensions = [PerMessageDeflate(server, client, *bits)]
    asked.frames.extensions = [PerMessageDeflate(client, server, *reversed(bits))]
