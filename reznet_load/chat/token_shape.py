"""Reads only the text of an event that has the same shape as an earlier token event, without decoding its JSON.

Why: the token events of a backend differ only in their text, and in words such as an id or a running number. An event has
200 bytes, of which 5 are new. An event cost 22 µs, 9 of them for decoding it and for the dialect; matching the bytes
around the text costs less than 1 µs.

Why this is safe:
- The bytes around the text must equal those of an event that was decoded, and the text must be one whole JSON string.
- That event was decoded a second time with another text in place of the first: the dialect returned the other text.
- A word may vary only if it differed between two tokens of the same structure. The event was then decoded with a third
  word and the other text: the dialect returned exactly that text.

All turns of a process share the shapes of their backend, so that the shapes stay in the processor's cache.
"""

from __future__ import annotations

import json
import re
from json.decoder import scanstring  # type: ignore[attr-defined]  # it is there, and typeshed does not list it

from reznet_load.chat.dialect import Event, OwnQuestion, Reader, TextDelta
from reznet_load.protocols.closing import StreamError
from reznet_load.protocols.sse import EventReader

# What a dialect may raise if an event is not built as its API documents.
MALFORMED = (AttributeError, TypeError, KeyError, ValueError, IndexError)
_OTHER_TEXT = "another text"  # put in place of a token, to test that the dialect returns exactly this text
_EVENT_END = re.compile(rb"\n\n|\r\n\r\n|\r\r")
_MOST_SHAPES = 16  # structures that are learned from one backend
_TEXT = rb'([^"\\\x00-\x1f]*(?:\\.[^"\\\x00-\x1f]*)*)'
_PLACE = b"\0"  # marks the place of the text: JSON never has this byte
_WORDS = re.compile(rb"([0-9A-Za-z_.+/=-]+)")  # splits the bytes around a text: words are at odd indices
_NUMBER = re.compile(rb"0|[1-9][0-9]{0,18}")
# (what may stand where a word varies, the word that is put there to test the dialect)
_ANY_NUMBER, _ANOTHER_NUMBER = rb"(?:0|[1-9][0-9]{0,18})", b"70"
_ANY_WORD, _ANOTHER_WORD = rb"[0-9A-Za-z_.+/=-]{1,256}", b"Zq9"


class TokenShape:
    """Matches token events of one structure, each in one HTTP chunk. `end`: index after the chunk that `text` read last."""

    __slots__ = ("_match", "_parts", "_varying", "end")

    def __init__(self, parts: list[bytes], varying: dict[int, bytes]) -> None:
        """`parts`: the bytes around the text, split by `_WORDS`; `varying`: index of a part -> pattern of what may be there."""
        self._parts = parts
        self._varying = varying
        around = b"".join(varying.get(place, re.escape(part)) for place, part in enumerate(parts))
        chunk = rb"([1-9A-Fa-f][0-9A-Fa-f]{0,5})\r\n" + around.replace(_PLACE, _TEXT) + rb"\r\n"
        self._match = re.compile(chunk, re.DOTALL).match
        self.end = 0

    def text(self, data: bytes | bytearray, begin: int, size: int) -> str:
        """The text of the token whose chunk begins at `begin` of `data[:size]`; empty: the event must be decoded."""
        found = self._match(data, begin, size)
        if found is None:
            return ""
        digits, raw = found.groups()
        self.end = end = found.end()
        if int(digits, 16) != end - begin - len(digits) - 4:  # the chunk's size is not that of the event
            return ""
        try:
            return raw.decode() if b"\\" not in raw else scanstring(raw.decode() + '"', 0)[0]
        except ValueError:
            return ""

    def widened(self, parts: list[bytes]) -> TokenShape:
        """A shape that also matches `parts`, another token of the same structure."""
        varying = dict(self._varying)
        for place in range(1, len(parts), 2):
            pair = (self._parts[place], parts[place])
            if pair[0] != pair[1] and varying.get(place) != _ANY_WORD:
                varying[place] = _ANY_NUMBER if all(map(_NUMBER.fullmatch, pair)) else _ANY_WORD
        return TokenShape(parts, varying)

    def variant(self) -> bytes:
        """An event of this shape with `_OTHER_TEXT` as its text and another word at each index that varies."""
        put = {_ANY_NUMBER: _ANOTHER_NUMBER, _ANY_WORD: _ANOTHER_WORD}
        words = [put[self._varying[at]] if at in self._varying else part for at, part in enumerate(self._parts)]
        return b"".join(words).replace(_PLACE, _OTHER_TEXT.encode())


class TokenShapes:
    """The shapes of a backend's token events, by structure. `latest`: the shape of the last token, None: none is known."""

    def __init__(self) -> None:
        self._known: dict[tuple[bytes, ...], TokenShape] = {}
        self.latest: TokenShape | None = None

    def learn(self, dialect: Reader, own: OwnQuestion, body: bytes) -> TokenShape | None:
        """The shape of the first event in `body`, which the caller has decoded; None: not a token, or no shape fits safely."""
        end = _EVENT_END.search(body)
        first = body[: end.end()] if end else body
        chunk = b"%x\r\n%s\r\n" % (len(first), first)
        found = next((one for one in self._known.values() if one.text(chunk, 0, len(chunk))), None)
        if found is None:
            found = self._found(dialect, own, first)
        self.latest = found or self.latest
        return found

    def _found(self, dialect: Reader, own: OwnQuestion, event: bytes) -> TokenShape | None:
        parts = around_text(dialect, own, event)
        if parts is None:
            return None
        structure = tuple(parts[::2])
        known = self._known.get(structure)
        if known is None and len(self._known) == _MOST_SHAPES:
            return None
        shape = TokenShape(parts, {}) if known is None else known.widened(parts)
        if known is not None and _token(dialect, own, shape.variant()) != _OTHER_TEXT:
            return None
        self._known[structure] = shape
        return shape


def around_text(dialect: Reader, own: OwnQuestion, event: bytes) -> list[bytes] | None:
    """The bytes around the text of a token, split by `_WORDS`; None: not a token, or the place of the text is not clear."""
    token = _token(dialect, own, event)
    if not token or _PLACE in event:
        return None
    for raw in {json.dumps(token, ensure_ascii=ascii).encode("utf-8", "replace") for ascii in (False, True)}:
        for begin in {event.find(raw), event.rfind(raw)} - {-1}:
            before, after = event[: begin + 1], event[begin + len(raw) - 1 :]
            if _token(dialect, own, before + _OTHER_TEXT.encode() + after) == _OTHER_TEXT != token:
                return _WORDS.split(before + _PLACE + after)
    return None


def _token(dialect: Reader, own: OwnQuestion, body: bytes) -> str:
    """The text of the token if `body` is exactly one event and this event is exactly one token; else empty."""
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
