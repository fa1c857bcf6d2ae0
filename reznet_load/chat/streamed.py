"""A turn whose reply is the HTTP answer to its question: takes bytes and their arrival times, gives events to the turn. No I/O.

The content type decides how the body is read: server-sent events, lines of JSON, plain text, or one JSON value. A status
of 2xx means that the backend has taken the question. Any other status is an error, with the text that the body gives.
"""

from __future__ import annotations

import codecs
import html
import json
import re
from typing import Any, Protocol

from reznet_load.chat.dialect import Error, Event, Reader, Taken, TextDelta
from reznet_load.chat.failure import cause_of
from reznet_load.chat.token_shape import MALFORMED, TokenShape, TokenShapes
from reznet_load.chat.turn import Turn
from reznet_load.protocols.closing import StreamError
from reznet_load.protocols.http_stream import AnswerReader
from reznet_load.protocols.ndjson import LineReader
from reznet_load.protocols.sse import EventReader

MAX_WHOLE = 16 << 20  # bytes of a body that is not streamed
_EVENTS = "text/event-stream"
_MOST_LEARNED = 8  # events of a turn whose shape is learned: if eight were not enough, its events differ too much
WHOLE = "body"  # name of the event for a body that is one JSON value
_PAGE = re.compile(r"<(!doctype|html|head|body)\b", re.IGNORECASE)
_TITLE = re.compile(r"<title[^>]*>([^<]{0,300})", re.IGNORECASE)
_TAGS = re.compile(r"<(style|script)\b.{0,20000}?</\1>|<[^>]{0,2000}>", re.IGNORECASE | re.DOTALL)
_MOST_MARKUP = 20_000  # characters of an HTML page that are searched
_CUT = "the connection was closed in the middle of the answer"


class StreamReader(Reader, Protocol):
    """A dialect whose replies are HTTP answers.

    needs_end      does an event end a reply? If not, the end of the body ends the reply
    tokens_alike   if an event differs from a token event only in its text, ids and numbers: is this event a token too? If
                   yes, such events are not decoded
    """

    needs_end: bool
    tokens_alike: bool


class StreamedTurn:
    """The HTTP answer to the question of `turn`. Call `feed` or `read` with each read, `closed` when the connection is lost.

    shapes   shapes of token events that other turns have learned; None: this turn begins without any
    """

    __slots__ = (
        "_dialect",
        "_events",
        "_kind",
        "_lines",
        "_ready",
        "_shape",
        "_shapes",
        "_text",
        "_to_learn",
        "_whole",
        "answer",
        "turn",
    )

    def __init__(self, turn: Turn, dialect: StreamReader, shapes: TokenShapes | None = None) -> None:
        self.turn = turn
        self.answer = AnswerReader()
        self._dialect = dialect
        self._shapes = shapes or TokenShapes()
        self._events = EventReader()
        self._lines = LineReader()
        self._text = codecs.getincrementaldecoder("utf-8")("replace")
        self._whole = bytearray()
        self._kind = ""
        self._shape: TokenShape | None = None  # of the reply's tokens, once known
        self._ready = False  # is the shape known, and does the next byte begin a chunk and an event?
        self._to_learn = _MOST_LEARNED if dialect.tokens_alike else 0  # events whose shape may still be learned

    def read(self, data: bytearray, size: int, at: float) -> bool:
        """Take `data[:size]`, which arrived at `at`. True: all of it was tokens, so neither the turn nor the answer ended."""
        begin, shape = 0, self._shape
        if self._ready and shape is not None:
            token = self.turn.token
            while begin < size and (text := shape.text(data, begin, size)) and token(text, at):
                begin = shape.end
        if begin < size:
            self._feed(bytes(memoryview(data)[begin:size]), at)
        return begin == size

    def feed(self, data: bytes, at: float) -> None:
        """Take bytes that arrived at `at`."""
        self.read(bytearray(data), len(data), at)

    def _feed(self, data: bytes, at: float) -> None:
        if self.turn.closed:
            return
        try:
            body = self.answer.feed(data)
            if not self._kind and self.answer.status:
                self._begin(at)
            if body:
                self._take(body, at)
            if self.answer.done:
                self._over(at)
        except StreamError as error:
            self.turn.on(Error(str(error)), at)
        self._ready = self._shape is not None and self.answer.between_chunks and self._events.rests

    def closed(self, at: float) -> None:
        """The connection was lost."""
        if self.answer.status and not self.answer.done and self.answer.end():
            self._over(at)
        else:
            self.turn.disconnected(at, _CUT if self.answer.status else "the connection was closed without an answer")

    def _begin(self, at: float) -> None:
        self._kind = "error"
        if 200 <= self.answer.status < 300:
            self._kind = self.answer.headers.get("content-type", "").partition(";")[0].strip().lower() or "unknown"
            self.turn.on(Taken(), at)
        if self._kind == _EVENTS and self._to_learn:
            self._shape = self._shapes.latest

    def _take(self, body: bytes, at: float) -> None:
        if self._kind == _EVENTS:
            before = self.turn.chunks
            for name, text, _ in self._events.feed(body):
                self._pass_on(name, _decoded(text), at)
            if self._to_learn and self.turn.chunks > before:
                self._to_learn -= 1
                self._shape = self._shapes.learn(self._dialect, self.turn.own, body) or self._shape
            return
        match self._kind:
            case "application/x-ndjson" | "application/jsonl" | "application/ndjson":
                for value in self._lines.feed(body):
                    self._pass_on("message", value, at)
            case "text/plain":
                self.turn.on(TextDelta(self._text.decode(body)), at)
            case _:
                self._whole += body
                if len(self._whole) > MAX_WHOLE:
                    raise StreamError(f"the body of the answer exceeds {MAX_WHOLE >> 20} MB")

    def _pass_on(self, name: str, data: Any, at: float) -> None:
        try:
            self.turn.hear(self._dialect, Event(name, data), at)
        except MALFORMED as error:
            self.turn.on(Error(f"an event has an unknown form ({type(error).__name__}): {str(data)[:200]}"), at)

    def _over(self, at: float) -> None:
        """The whole answer has come."""
        body = _decoded(self._whole.decode("utf-8", "replace"))
        if self._kind == "error":
            self.turn.on(refusal(self.answer.status, body), at)
        elif self._whole:
            self._pass_on(WHOLE, body, at)
        for value in self._lines.end():
            self._pass_on("message", value, at)
        self.turn.body_ended(at, self._dialect.needs_end and self._kind != "text/plain")


def refusal(status: int, body: Any) -> Error:
    """The error for an answer whose `status` is not 2xx, with the sentence that `body` gives."""
    text = f"HTTP {status}: {said_in(body)}".removesuffix(": ")
    return Error(text, cause=cause_of(text))


def said_in(body: Any) -> str:
    """The sentence in an error's decoded body, at most 500 characters; empty if there is none.

    Backends wrap it in lists and in objects with `error`, `detail`, `message`, `errorText`, `msg` or `content`.
    """
    while True:
        match body:
            case str():
                return without_markup(body)[:500]
            case {"error": inner} | {"detail": inner} | {"message": inner} | {"errorText": inner} | {"msg": inner} if (
                inner
            ):
                body = inner
            case [first, *_]:
                body = first
            case {"content": str() as inner} if inner:
                body = inner
            case None | {} | []:
                return ""
            case _:
                return json.dumps(body, ensure_ascii=False)[:500]


def without_markup(text: str) -> str:
    """The title of an HTML page, or its text without tags if it has no title; any other text unchanged."""
    text = text[:_MOST_MARKUP].strip()
    if not _PAGE.match(text):
        return text
    title = _TITLE.search(text)
    return " ".join(html.unescape(title[1] if title and title[1].strip() else _TAGS.sub(" ", text)).split())


# `json.loads` also searches for white space around the value, which costs as much as reading a token.
_scan = json.JSONDecoder().scan_once  # type: ignore[attr-defined]


def _decoded(text: str) -> Any:
    """The decoded JSON object or array in `text`; `text` itself if it is neither."""
    if text[:1] not in ("{", "["):
        return text
    try:
        value, end = _scan(text, 0)
        return value if end == len(text) else json.loads(text)
    except StopIteration:
        return text
    except (ValueError, RecursionError):
        return text
