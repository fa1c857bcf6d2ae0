"""Events of tokens differ in their text alone, and in words like an id or a running number: only the text is read.

Why: a token's event has 200 bytes, of which 5 are new. Decoding all of them and reading the result as a dialect took 9 of
22 µs that an event cost; a match of what stands around the text takes less than 1 µs.
Safe, because the bytes around the text have to be those of an event that was read, the text has to be one whole JSON
string, and the event was read a second time with another text in its place: that came out as the token. A word may vary
where two tokens of the same structure differed in it, and a third with yet another word came out as the token too.
Shapes are of a backend, not of a reply: the turns of a process share them, so that they stay warm in the cache.
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
_MOST_SHAPES = 16  # structures of tokens that a backend is known to send
_TEXT = rb'([^"\\\x00-\x1f]*(?:\\.[^"\\\x00-\x1f]*)*)'
_PLACE = b"\0"  # of the text: no event of JSON has this byte
_WORDS = re.compile(rb"([0-9A-Za-z_.+/=-]+)")  # splits what stands around a text: words are at the odd places
_NUMBER = re.compile(rb"0|[1-9][0-9]{0,18}")
# What may stand where words vary, and what is put there to see what a dialect makes of it.
_ANY_NUMBER, _ANOTHER_NUMBER = rb"(?:0|[1-9][0-9]{0,18})", b"70"
_ANY_WORD, _ANOTHER_WORD = rb"[0-9A-Za-z_.+/=-]{1,256}", b"Zq9"


class TokenShape:
    """Token events of one structure, each one chunk of the encoding. `end`: where the chunk ends that `text` has read."""

    __slots__ = ("_match", "_parts", "_varying", "end")

    def __init__(self, parts: list[bytes], varying: dict[int, bytes]) -> None:
        """`parts` of `_WORDS`, the text's place in them; `varying`: place of a word -> what may stand there."""
        self._parts = parts
        self._varying = varying
        around = b"".join(varying.get(place, re.escape(part)) for place, part in enumerate(parts))
        chunk = rb"([1-9A-Fa-f][0-9A-Fa-f]{0,5})\r\n" + around.replace(_PLACE, _TEXT) + rb"\r\n"
        self._match = re.compile(chunk, re.DOTALL).match
        self.end = 0

    def text(self, data: bytes | bytearray, begin: int, size: int) -> str:
        """Text of the token whose chunk begins at `begin` of `data[:size]`; empty: it has to be read in full."""
        found = self._match(data, begin, size)
        if found is None:
            return ""
        digits, raw = found.groups()
        self.end = end = found.end()
        if int(digits, 16) != end - begin - len(digits) - 4:  # a size that is not its own
            return ""
        try:
            return raw.decode() if b"\\" not in raw else scanstring(raw.decode() + '"', 0)[0]
        except ValueError:
            return ""

    def widened(self, parts: list[bytes]) -> TokenShape:
        """This shape, that also allows for the words of another token of its structure."""
        varying = dict(self._varying)
        for place in range(1, len(parts), 2):
            pair = (self._parts[place], parts[place])
            if pair[0] != pair[1] and varying.get(place) != _ANY_WORD:
                varying[place] = _ANY_NUMBER if all(map(_NUMBER.fullmatch, pair)) else _ANY_WORD
        return TokenShape(parts, varying)

    def another(self) -> bytes:
        """An event of this shape with another text, and another word wherever words vary."""
        put = {_ANY_NUMBER: _ANOTHER_NUMBER, _ANY_WORD: _ANOTHER_WORD}
        words = [put[self._varying[at]] if at in self._varying else part for at, part in enumerate(self._parts)]
        return b"".join(words).replace(_PLACE, _OTHER_TEXT.encode())


class TokenShapes:
    """What is known of a backend's tokens, by their structure. `latest` is what the last token fitted, None: none did."""

    def __init__(self) -> None:
        self._known: dict[tuple[bytes, ...], TokenShape] = {}
        self.latest: TokenShape | None = None

    def learn(self, dialect: Reader, own: OwnQuestion, body: bytes) -> TokenShape | None:
        """The shape of the first event in `body`, which was read in full; None where it is no token, or none of a known kind."""
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
        if known is not None and _token(dialect, own, shape.another()) != _OTHER_TEXT:
            return None
        self._known[structure] = shape
        return shape


def around_text(dialect: Reader, own: OwnQuestion, event: bytes) -> list[bytes] | None:
    """What stands around the text of a token, in parts; None where it is no token, or the text's place cannot be found."""
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
