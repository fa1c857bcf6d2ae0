"""The client's side of WebSocket framing (RFC 6455): takes bytes in reads of any size, gives complete messages.

A load test spends most of its time in `FrameReader`, because every user receives the events of all users. `alone`
handles the usual read of an idle loop, which is exactly one text frame, and skips chunks of other users' replies.
`feed` handles any read: one loop cuts many small text frames by index, without an object or a call per frame. `_rare`
handles all other frames.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from reznet_load.protocols.closing import ProtocolError
from reznet_load.protocols.counts import Counts
from reznet_load.protocols.prefixes import NO_PREFIXES, Prefixes

if TYPE_CHECKING:
    from reznet_load.protocols.deflate import Inflater

OP_CONTINUATION, OP_TEXT, OP_BINARY, OP_CLOSE, OP_PING, OP_PONG = 0, 1, 2, 8, 9, 10
MAX_MESSAGE = 16 << 20  # bytes, after inflating
_MOST_FRAGMENTS = 65_536  # of one message; empty fragments would fill memory without ever reaching MAX_MESSAGE

OTHERS = b"a chunk of another reply"  # `alone` returns this object for such a chunk; compare with `is`

_TEXT = 0x80 | OP_TEXT  # first byte of an unfragmented text frame
_DEFLATED_TEXT = 0xC0 | OP_TEXT  # the same with RSV1, RFC 7692's "compressed"


class FrameReader:
    """Cuts what a server sends into messages; `inflater` is set if permessage-deflate was negotiated.

    counts    what was read; readers may share one, which keeps it in the processor's cache (see below)
    chunks    prefixes of the events that are skipped unread unless their message is wanted
    awaits    says whether the user waits for a message whose chunks it will want; if not, `feed` skips chunks too
    """

    # When sockets receive one at a time, each socket's own data has left the cache: few objects and cache lines per
    # read.
    __slots__ = (
        "_between", "_chunks", "_closed", "_error", "_fragments", "_fragments_first", "_fragments_size", "_held",
        "_inflater", "_limit", "_need", "_own", "_own_end", "_parts", "_shortest", "awaits", "counts",
    )  # fmt: skip

    def __init__(
        self,
        inflater: Inflater | None = None,
        max_message: int = MAX_MESSAGE,
        counts: Counts | None = None,
        chunks: Prefixes = NO_PREFIXES,
    ) -> None:
        self.counts = Counts() if counts is None else counts
        self._chunks, self._shortest = chunks.starts, chunks.shortest
        self._inflater, self._limit = inflater, max_message
        self._parts: list[bytes] = []  # reads that do not make a whole frame yet
        self._held, self._need = 0, 0  # bytes in _parts, and the size of the frame that they begin
        self._fragments: list[bytes] | None = None  # of the fragmented message that is being received
        self._fragments_size, self._fragments_first = 0, 0
        self.awaits = True
        self._between = True  # the next byte begins a message
        self._error: ProtocolError | None = None
        self._closed = False
        self.want(())

    @property
    def inflates(self) -> bool:
        """Was permessage-deflate negotiated?"""
        return self._inflater is not None

    def want(self, ids: Collection[bytes]) -> None:
        """Set the ids of the messages whose chunks `alone` must not skip."""
        self._own = tuple(start + id for id in ids for start in self._chunks)
        # An id in another spelling has its first backslash before the place where the plain spelling ends.
        self._own_end = max(map(len, self._own), default=0)

    def alone(self, data: bytearray, size: int) -> bytes | None:
        """The message, if `data[:size]` is exactly one whole text frame; None leaves the read to `feed`.

        OTHERS for a chunk of another user's message. Most reads of a large test are such chunks, so they are counted in
        place, without a copy and without decoding. Raises ProtocolError like `feed`.
        """
        begin = 2
        if size > 127:
            begin = 4
            if size < 130 or data[1] != 126 or data[2] << 8 | data[3] != size - 4:
                return None
        elif size < 2 or data[1] != size - 2:
            return None
        if not self._between or size > self._limit:
            return None
        text: bytes | bytearray = data
        counts, at, end = self.counts, begin, size
        if data[0] == _DEFLATED_TEXT and self._inflater is not None:
            try:
                text = self._inflater.inflate(data[begin:size], self._limit)
            except ProtocolError as error:
                self._error, self._between = error, False
                raise
            at, end = 0, len(text)
            counts.saved_bytes += end - size + begin
        elif data[0] != _TEXT:
            return None
        counts.messages += 1
        counts.wire_bytes += size - begin
        if (
            text.startswith(self._chunks, at, end)
            and not text.startswith(self._own, at)
            and text.find(b"\\", at + self._shortest, at + self._own_end) < 0
        ):
            return OTHERS
        return bytes(data[begin:size]) if at else text  # type: ignore[return-value]

    def feed(self, data: bytes) -> list[tuple[int, bytes]]:
        """The whole messages and control frames that `data` completes, in order, as (opcode, payload).

        Chunks are included, because an earlier message may say to whom the next ones belong, unless nothing is awaited
        or wanted.

        A text payload stays bytes; its UTF-8 is checked when it is decoded. Nothing follows a close frame. Raises
        ProtocolError, now and on every later call; messages that came in the same read are lost with it.
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
            self._error, self._between = error, False
            raise
        self._between = pos == len(data) and self._fragments is None and not self._closed
        if pos < len(data) and not self._closed:
            self._parts.append(data[pos:])
            self._held = len(data) - pos
        return out

    def _cut(self, data: bytes, out: list[tuple[int, bytes]]) -> int:
        """Append the frames in `data` to `out`; returns where the first incomplete frame begins, and sets `_need` to
        its size.
        """
        append, end, limit, inflater = out.append, len(data), self._limit, self._inflater
        (plain, deflated), no_chunks = self._usual(), not self.awaits and not self._own
        chunks = self._chunks
        pos = wire = saved = rare = passed = 0
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
                wire += size
                if no_chunks and data.startswith(chunks, begin, stop):
                    passed += 1
                else:
                    append((OP_TEXT, data[begin:stop]))
            elif first == deflated:
                message = inflater.inflate(data[begin:stop], limit)  # type: ignore[union-attr]
                wire += size
                saved += len(message) - size
                if no_chunks and message.startswith(chunks):
                    passed += 1
                else:
                    append((OP_TEXT, message))
            else:
                rare += self._rare(first, data[begin:stop], out)
                plain, deflated = self._usual()
            pos = stop
        else:
            stop = pos + 2
        self._need = stop - pos
        self.counts.wire_bytes += wire
        self.counts.saved_bytes += saved
        self.counts.messages += len(out) - rare + passed
        return pos

    def _usual(self) -> tuple[int | None, int | None]:
        """First bytes of whole text frames, (plain, deflated); None within a fragmented message."""
        if self._fragments is not None:
            return None, None
        return _TEXT, _DEFLATED_TEXT if self._inflater is not None else None

    def _rare(self, first: int, payload: bytes, out: list[tuple[int, bytes]]) -> int:
        """Handle every frame but a whole text frame; returns how many of the entries added to `out` are not messages."""
        opcode, final, deflated = first & 0x0F, first & 0x80, first & 0x40
        if first & 0x30 or (deflated and (self._inflater is None or opcode not in (OP_TEXT, OP_BINARY))):
            raise ProtocolError(1002, "reserved bits that were not negotiated")
        if opcode in (OP_CLOSE, OP_PING, OP_PONG):
            if not final or len(payload) > 125:
                raise ProtocolError(1002, "a control frame in fragments or over 125 bytes")
            out.append((opcode, payload))
            self._closed = opcode == OP_CLOSE
            return 1
        if opcode not in (OP_CONTINUATION, OP_TEXT, OP_BINARY):
            raise ProtocolError(1002, f"unknown opcode {opcode}")
        if (opcode == OP_CONTINUATION) != (self._fragments is not None):
            raise ProtocolError(1002, "a continuation of nothing, or a new message inside of another")
        if opcode != OP_CONTINUATION:
            self._fragments, self._fragments_first, self._fragments_size = [], first, 0
        assert self._fragments is not None
        self._fragments.append(payload)
        self._fragments_size += len(payload)
        if self._fragments_size > self._limit or len(self._fragments) > _MOST_FRAGMENTS:
            raise ProtocolError(1009, f"a message over {self._limit} bytes or {_MOST_FRAGMENTS} fragments")
        if final:
            out.append(self._whole())
        return 0

    def _whole(self) -> tuple[int, bytes]:
        """Join the fragments into one message."""
        assert self._fragments is not None
        message, size = b"".join(self._fragments), self._fragments_size
        if self._fragments_first & 0x40:
            assert self._inflater is not None
            message = self._inflater.inflate(message, self._limit)
        self._fragments = None
        self.counts.wire_bytes += size
        self.counts.saved_bytes += len(message) - size
        return self._fragments_first & 0x0F, message


def _long_size(data: bytes, pos: int, size: int) -> tuple[int, int]:
    """(start of the payload, its size) of a frame over 125 bytes; 0 for a size that has not arrived yet."""
    if size & 0x80:
        raise ProtocolError(1002, "a masked frame from a server")
    digits = 2 if size == 126 else 8
    begin = pos + 2 + digits
    if len(data) < begin:
        return begin, 0
    length = int.from_bytes(data[pos + 2 : begin])
    if length >> 63:
        raise ProtocolError(1002, "a length of 64 bits with the first one set")
    return begin, length
