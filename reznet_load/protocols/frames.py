"""The client's side of WebSocket framing (RFC 6455): bytes of any read in, complete messages out.

`FrameReader` is where a load test spends its time, because every user receives the events of all users. `alone` takes the read
that is one text frame, as an idle loop gets them, and passes over the chunk of another user's reply. `feed` takes any:
many small text frames are cut up by index in one loop, without an object or a call for each frame; everything rarer
leaves that loop through `_rare`.
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
_MOST_FRAGMENTS = 65_536  # of one message; empty ones would fill memory without ever reaching its size

OTHERS = b"a chunk of another reply"  # what `alone` answers for one: this object, not its bytes

_TEXT = 0x80 | OP_TEXT  # first byte of an unfragmented text frame
_DEFLATED_TEXT = 0xC0 | OP_TEXT  # the same with RSV1, RFC 7692's "compressed"


class FrameReader:
    """Cuts what a server sends into messages; `inflater` where permessage-deflate was negotiated.

    counts    what was read; readers may share one, which keeps it in the processor's cache (see below)
    chunks    how the events begin that are skipped unread unless their message is wanted
    awaits    may a message come that makes the chunks after it wanted? Else `feed` passes over them too
    """

    # Sockets that speak one at a time find cold in the cache what is theirs alone: few objects and few lines a read.
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
        self._parts: list[bytes] = []  # reads that have not yet made a whole frame
        self._held, self._need = 0, 0  # bytes in _parts, and how many the frame they begin takes
        self._fragments: list[bytes] | None = None  # of the message that is under way
        self._fragments_size, self._fragments_first = 0, 0
        self.awaits = True
        self._between = True  # nothing is under way: the next byte begins a message
        self._error: ProtocolError | None = None
        self._closed = False
        self.want(())

    @property
    def inflates(self) -> bool:
        """Was permessage-deflate negotiated?"""
        return self._inflater is not None

    def want(self, ids: Collection[bytes]) -> None:
        """The messages whose chunks `alone` does not pass over."""
        self._own = tuple(start + id for id in ids for start in self._chunks)
        # An id in another spelling has its first backslash before the place where its own spelling ends.
        self._own_end = max(map(len, self._own), default=0)

    def alone(self, data: bytearray, size: int) -> bytes | None:
        """The message, where the read `data[:size]` is one whole text frame and nothing else; None leaves it to `feed`.

        OTHERS where it is a chunk of another user's message: most reads of a large test are, so these are counted where
        they lie, without cutting out or decoding anything. Raises ProtocolError like `feed`.
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
        """Whole messages and control frames that `data` completes, in order, as (opcode, payload); chunks as well, for
        one message may tell whose the next are, but where nothing is awaited or wanted.

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
            self._error, self._between = error, False
            raise
        self._between = pos == len(data) and self._fragments is None and not self._closed
        if pos < len(data) and not self._closed:
            self._parts.append(data[pos:])
            self._held = len(data) - pos
        return out

    def _cut(self, data: bytes, out: list[tuple[int, bytes]]) -> int:
        """Append what `data` holds to `out`; where the first incomplete frame begins. Sets how much that one needs."""
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
        """First bytes of whole text frames, (plain, deflated); none amid a fragmented message."""
        if self._fragments is not None:
            return None, None
        return _TEXT, _DEFLATED_TEXT if self._inflater is not None else None

    def _rare(self, first: int, payload: bytes, out: list[tuple[int, bytes]]) -> int:
        """Everything but a whole text frame; how many of the entries it adds to `out` are no messages."""
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
        """The fragments as the message they are."""
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
    """(where the payload begins, its size) of a frame over 125 bytes; a size still missing reads as 0."""
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
