"""The client's side of WebSocket framing (RFC 6455): bytes of any read in, complete messages out.

`FrameReader.feed` is where a load test spends its time, because every user receives everybody's events. A read of many
small text frames is cut up by index in one loop, without an object or a call for each frame; everything rarer leaves that
loop through `_rare`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reznet_load.chat.deflate import Inflater

OP_CONTINUATION, OP_TEXT, OP_BINARY, OP_CLOSE, OP_PING, OP_PONG = 0, 1, 2, 8, 9, 10
MAX_MESSAGE = 16 << 20  # bytes, after inflating
DEFLATE_FROM = 160  # bytes; below, a compressed question saves under 20 % (benchmarks/parse_frames.py prints it)

# RFC 6455 7.4 and IANA's registry: what may stand in a close frame; 1004-1006 and 1015 may not.
_CLOSE_CODES = frozenset({*range(1000, 1004), *range(1007, 1015), *range(3000, 5000)})

_TEXT = 0x80 | OP_TEXT  # first byte of an unfragmented text frame
_DEFLATED_TEXT = 0xC0 | OP_TEXT  # the same with RSV1, RFC 7692's "compressed"
_NEVER = -1  # no first byte


class ProtocolError(Exception):
    """The peer broke the protocol. `code` is the close code that says how (RFC 6455 7.4.1)."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"{reason} ({code})")
        self.code, self.reason = code, reason


class FrameReader:
    """Cuts what a server sends into messages; `inflate` where permessage-deflate was negotiated.

    wire_bytes    payload bytes of complete messages as they came
    plain_bytes   the same after inflating
    messages      complete text and binary messages
    """

    def __init__(self, inflate: Inflater | None = None, max_message: int = MAX_MESSAGE) -> None:
        self.wire_bytes = self.plain_bytes = self.messages = 0
        self._inflater, self._limit = inflate, max_message
        self._parts: list[bytes] = []  # reads that have not yet made a whole frame
        self._held, self._need = 0, 0  # bytes in _parts, and how many the frame they begin takes
        self._fragments: list[bytes] | None = None  # of the message that is under way
        self._fragments_size, self._fragments_first = 0, 0
        self._error: ProtocolError | None = None
        self._closed = False

    def feed(self, data: bytes) -> list[tuple[int, bytes]]:
        """Whole messages and control frames that `data` completes, in order, as (opcode, payload).

        A text payload stays bytes; whether it is UTF-8 shows where it is decoded. Nothing follows a close frame.
        Raises ProtocolError, now and on every later call; messages that came in the same read are lost with it.
        """
        if self._error is not None:
            raise self._error
        if self._parts:
            self._parts.append(data)
            self._held += len(data)
            if self._held < self._need:
                return []
            data = b"".join(self._parts)
            self._parts.clear()
        out: list[tuple[int, bytes]] = []
        try:
            pos = self._cut(data, out)
        except ProtocolError as error:
            self._error = error
            raise
        if pos < len(data) and not self._closed:
            rest = data[pos:]
            self._parts.append(rest)
            self._held = len(rest)
        return out

    def _cut(self, data: bytes, out: list[tuple[int, bytes]]) -> int:
        """Append what `data` holds to `out`; where the first incomplete frame begins. Sets how much that one needs."""
        append, end, limit, inflater = out.append, len(data), self._limit, self._inflater
        plain, deflated = self._usual()
        pos = wire = saved = rare = 0
        while end - pos >= 2 and not self._closed:
            first, size = data[pos], data[pos + 1]
            begin = pos + 2
            if size > 125:
                begin, size = _long_size(data, pos, size)
            stop = begin + size
            if size > limit:
                raise ProtocolError(1009, f"a frame of {size} bytes, the limit is {limit}")
            if stop > end:
                break
            if first == plain:
                append((OP_TEXT, data[begin:stop]))
                wire += size
            elif first == deflated:
                message = inflater.inflate(data[begin:stop], limit)  # type: ignore[union-attr]
                append((OP_TEXT, message))
                wire += size
                saved += len(message) - size
            else:
                rare += self._rare(first, data[begin:stop], out)
                plain, deflated = self._usual()
            pos = stop
        else:
            stop = pos + 2
        self._need = stop - pos
        self.wire_bytes += wire
        self.plain_bytes += wire + saved
        self.messages += len(out) - rare
        return pos
