"""Reads an HTTP/1.1 answer as it arrives (RFC 9112): takes bytes in reads of any size, gives bytes of the body. No I/O.

Each read gives the part of the body that it holds at once, even part of a chunk, because its arrival time is measured.
The head and the first bytes of the body often share a read. Bytes after the end of the answer are left in `rest`.
"""

from __future__ import annotations

import re
import zlib

from reznet_load.protocols.closing import BodyTooLongError, HeadTooLongError, StreamError

MAX_HEAD = 64 << 10  # bytes; also the limit of the trailers
_MAX_SIZE_LINE = 4 << 10  # bytes: sixteen digits, and extensions that are ignored
_MAX_INFLATED = 16 << 20  # bytes that one read may inflate to
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})(?: [^\r\n]*)?")
_SIZE = re.compile(rb"[0-9A-Fa-f]{1,15}")
_HEAD, _SIZE_LINE, _CHUNK, _CHUNK_END, _TRAILERS, _LENGTH, _UNTIL_CLOSE, _DONE = range(8)


def _alone(data: bytes) -> bytes | None:
    """The body in `data` if that is exactly one whole chunk in its simplest form; None: use the full parser."""
    stop = data.find(b"\r\n", 1, 8)
    digits = data[:stop]
    if stop < 0 or not digits.isalnum() or digits[0] == 0x30:  # a leading 0 may be the last chunk, or 0x
        return None
    try:
        size = int(digits, 16)
    except ValueError:
        return None
    return data[stop + 2 : -2] if size == len(data) - stop - 4 and data.endswith(b"\r\n") else None


class AnswerReader:
    """Reads one answer.

    `status` is 0 until the head has arrived. Header names are in lower case; the values of one name are joined by
    commas. `cookies` holds the Set-Cookie values. `to_head`: it answers a HEAD request and has no body.
    """

    def __init__(self, to_head: bool = False) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.cookies: list[str] = []
        self.rest = b""
        self._to_head = to_head
        self._state = _HEAD
        self._held = b""  # an incomplete line or head
        self._interim = 0  # bytes of 1xx answers
        self._left = 0  # bytes left of the chunk or body; in trailers, bytes that may still come
        self._inflater: zlib._Decompress | None = None

    @property
    def done(self) -> bool:
        """The answer is complete; its connection can be used again if `keeps_alive`."""
        return self._state == _DONE

    @property
    def keeps_alive(self) -> bool:
        """May another request follow on this connection?"""
        return self.done and self.headers.get("connection", "").lower() != "close"

    @property
    def between_chunks(self) -> bool:
        """Does the next byte begin a chunk of a body that is not compressed?"""
        return self._state == _SIZE_LINE and not self._held and self._inflater is None

    def feed(self, data: bytes) -> bytes:
        """The part of the body in `data`. Raises StreamError if it is not an HTTP answer or exceeds a limit."""
        if self.between_chunks:
            body = _alone(data)  # most reads of a stream of tokens are one whole chunk
            if body is not None:
                return body
        if self._state == _HEAD:
            data = self._head(self._held + data)
        if self._state == _UNTIL_CLOSE:
            body = data
        elif self._state == _LENGTH:
            body = self._counted(data)
        elif self._state != _DONE and self._state != _HEAD:
            body = self._chunks(data)
        else:
            self.rest += data
            body = b""
        return self._inflated(body) if self._inflater is not None and body else body

    def end(self) -> bool:
        """The connection was closed; returns whether the answer was complete."""
        whole = self._state in (_DONE, _UNTIL_CLOSE)
        self._state = _DONE
        return whole

    def _head(self, data: bytes) -> bytes:
        """Read the head and return what follows it. 1xx answers are skipped."""
        while self._state == _HEAD:
            found = re.search(rb"\r?\n\r?\n", data)
            if self._interim + (found.start() if found else len(data)) > MAX_HEAD:
                raise HeadTooLongError(f"a head over {MAX_HEAD} bytes")
            if found is None:
                if not b"HTTP/1."[: len(data)] == data[:7]:
                    raise StreamError(f"no HTTP/1 answer begins with {data[:12]!r}")
                self._held = data
                return b""
            self._take_head(re.split(rb"\r?\n", data[: found.start()]))
            data = data[found.end() :]
            self._interim += found.end()
        self._held = b""
        return data

    def _take_head(self, lines: list[bytes]) -> None:
        status = _STATUS.fullmatch(lines[0])
        if status is None:
            raise StreamError(f"no HTTP/1 answer begins with {lines[0][:40]!r}")
        if status[1].startswith(b"1") and status[1] != b"101":
            return
        self.status = int(status[1])
        last = ""
        for line in lines[1:]:
            name, colon, value = line.partition(b":")
            text = value.strip(b" \t").decode("latin-1")
            if line[:1] in (b" ", b"\t") and last:  # a folded line continues the one before
                self.headers[last] += " " + line.strip(b" \t").decode("latin-1")
                continue
            if not colon or not name.strip() or name != name.strip(b" \t"):
                raise StreamError(f"a header that is none: {line[:40]!r}")
            last = name.decode("latin-1").lower()
            if last == "set-cookie":
                self.cookies.append(text)
            self.headers[last] = f"{self.headers[last]}, {text}" if last in self.headers else text
        self._choose_body()

    def _choose_body(self) -> None:
        """Determine how the body ends (RFC 9112, 6.3) and how it is encoded."""
        if self._to_head or self.status in (101, 204, 304):
            self._state = _DONE
            return
        lengths = {part.strip() for part in self.headers.get("content-length", "").split(",")} - {""}
        if self.headers.get("transfer-encoding", "").lower().split(",")[-1].strip() == "chunked":
            self._state = _SIZE_LINE
        elif len(lengths) > 1 or not all(one.isascii() and one.isdigit() and len(one) <= 15 for one in lengths):
            raise StreamError(f"content-length {self.headers['content-length'][:40]!r}")
        elif lengths:
            self._left = int(lengths.pop())
            self._state = _LENGTH if self._left else _DONE
        else:
            self._state = _UNTIL_CLOSE
        encoding = self.headers.get("content-encoding", "identity").lower()
        if encoding in ("gzip", "x-gzip"):
            self._inflater = zlib.decompressobj(wbits=31)
        elif encoding != "identity":
            raise StreamError(f"content-encoding {encoding[:20]!r}, which was not offered")

    def _counted(self, data: bytes) -> bytes:
        body, rest = data[: self._left], data[self._left :]
        self._left -= len(body)
        if not self._left:
            self._state = _DONE
            self.rest = rest
        return body

    def _chunks(self, data: bytes) -> bytes:
        """Bodies of the chunks in `data`, complete or not; an incomplete line is held."""
        data = self._held + data
        self._held = b""
        pos = 0
        end = len(data)
        out = []
        while pos < end and self._state != _DONE:
            if self._state == _CHUNK:
                piece = data[pos : pos + self._left]
                out.append(piece)
                pos += len(piece)
                self._left -= len(piece)
                if not self._left:
                    self._state = _CHUNK_END
                continue
            stop = data.find(b"\n", pos)
            if stop < 0:
                self._hold(data[pos:])
                return b"".join(out)
            self._line(data[pos:stop].removesuffix(b"\r"))
            pos = stop + 1
        if self._state == _DONE:
            self.rest = data[pos:]
        return b"".join(out)

    def _hold(self, line: bytes) -> None:
        if self._state == _CHUNK_END and line not in (b"", b"\r"):
            raise StreamError(f"a chunk that goes on after its size: {line[:20]!r}")
        if len(line) > (self._left if self._state == _TRAILERS else _MAX_SIZE_LINE):
            raise StreamError("a line of the chunked encoding without an end")
        self._held = line

    def _line(self, line: bytes) -> None:
        """A line between chunks: the end of one, a size, or a trailer."""
        if self._state == _CHUNK_END:
            if line:
                raise StreamError(f"a chunk that goes on after its size: {line[:20]!r}")
            self._state = _SIZE_LINE
        elif self._state == _SIZE_LINE:
            size = line.partition(b";")[0].strip(b" \t")
            if not _SIZE.fullmatch(size) or len(line) > _MAX_SIZE_LINE:
                raise StreamError(f"no size of a chunk: {line[:40]!r}")
            self._left = int(size, 16)
            self._state = _CHUNK if self._left else _TRAILERS
            if not self._left:
                self._left = MAX_HEAD
        elif not line:
            self._state = _DONE
        else:
            self._left -= len(line)
            if self._left < 0:
                raise StreamError(f"trailers over {MAX_HEAD} bytes")

    def _inflated(self, body: bytes) -> bytes:
        assert self._inflater is not None
        try:
            plain = self._inflater.decompress(body, _MAX_INFLATED)
        except zlib.error as error:
            raise StreamError(f"not gzip: {error}") from None
        if self._inflater.unconsumed_tail:
            raise BodyTooLongError(f"a read that inflates to over {_MAX_INFLATED} bytes")
        return plain
