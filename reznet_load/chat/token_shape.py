"""Events of one reply's tokens differ in their text alone: what stands around it is learned once, then only the text is read.

Why: a token's event has 200 bytes, of which 5 are new. Decoding all of them and reading the result as a dialect took 9 of
22 µs that an event cost; comparing them takes 1 µs.
Safe, because the bytes on both sides of the text have to be the same as in an event that was read, the text has to be one
whole JSON string, and the event was read a second time with another text in its place: that came out as the token.
"""

from __future__ import annotations

import json
import re
from json.decoder import scanstring  # type: ignore[attr-defined]  # it is there, and typeshed does not list it

from reznet_load.chat.dialect import Event, OwnQuestion, Reader, TextDelta
from reznet_load.protocols.closing import StreamError
from reznet_load.protocols.sse import EventReader

# What a dialect raises where an event is not built as its API says.
MALFORMED = (AttributeError, TypeError, KeyError, ValueError, IndexError)
_OTHER_TEXT = "another text"  # takes the place of a token, to see what a dialect makes of it
_EVENT_END = re.compile(rb"\n\n|\r\n\r\n|\r\r")
_LONGEST_SIZE = 8  # bytes of the line that gives a chunk's size, with its end


class TokenShape:
    """`before` and `after` surround the text in an event; each event is one chunk of the encoding.

    end   where the chunk ends that `text` has read
    """

    __slots__ = ("_after", "_before", "_length", "end")

    def __init__(self, before: bytes, after: bytes) -> None:
        self._before = before
        self._after = after + b"\r\n"
        self._length = len(before)
        self.end = 0

    def text(self, data: bytes | bytearray, begin: int, size: int) -> str:
        """Text of the token whose chunk begins at `begin` of `data[:size]`; empty: it has to be read in full."""
        line = data.find(b"\r\n", begin, begin + _LONGEST_SIZE)
        digits = data[begin:line]
        if line < 0 or not digits.isalnum() or digits[0] == 0x30:  # a 0 may begin the last chunk, or 0x
            return ""
        start = line + 2
        try:
            end = start + int(digits, 16) + 2
            if end > size or not data.startswith(self._before, start) or not data.endswith(self._after, start, end):
                return ""
            text = data[start + self._length : end - len(self._after) + 1].decode()  # with the quote that ends it
            token, length = scanstring(text, 0)
        except ValueError:
            return ""
        self.end = end
        return token if length == len(text) else ""


def learned(dialect: Reader, own: OwnQuestion, body: bytes) -> TokenShape | None:
    """The shape of the first event in `body`, where that is one token; None: its surroundings cannot be found from its text."""
    end = _EVENT_END.search(body)
    first = body[: end.end()] if end else body
    token = _token(dialect, own, first)
    if not token:
        return None
    for raw in {json.dumps(token, ensure_ascii=ascii).encode("utf-8", "replace") for ascii in (False, True)}:
        for begin in {first.find(raw), first.rfind(raw)} - {-1}:
            before, after = first[: begin + 1], first[begin + len(raw) - 1 :]
            if _token(dialect, own, before + _OTHER_TEXT.encode() + after) == _OTHER_TEXT != token:
                return TokenShape(before, after)
    return None


def _token(dialect: Reader, own: OwnQuestion, body: bytes) -> str:
    """The text, where `body` is one event that says nothing else; empty where it is anything more or less."""
    reader = EventReader()
    try:
        events = reader.feed(body)
        if len(events) != 1 or not reader.rests or reader.comments:
            return ""
        event = Event(events[0].name, json.loads(events[0].data))
        said = dialect.read(own, event)
        mine = dialect.concerns(own, event)
    except (StreamError, RecursionError, *MALFORMED):
        return ""
    return said[0].delta if mine and len(said) == 1 and isinstance(said[0], TextDelta) else ""
