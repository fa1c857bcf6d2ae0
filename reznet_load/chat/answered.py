"""The HTTP answer to a question whose reply comes over a socket: it says only whether the backend has the question. No I/O."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Protocol

from reznet_load.chat.dialect import Error, OwnQuestion, TurnEvent
from reznet_load.chat.turn import Turn
from reznet_load.protocols.closing import StreamError
from reznet_load.protocols.http_stream import AnswerReader

_MOST_BODY = 1 << 20  # bytes: an answer without a reply is short


class Taker(Protocol):
    """A dialect whose questions go over HTTP and whose replies come over a socket."""

    def answered(self, own: OwnQuestion, status: int, body: Any) -> Sequence[TurnEvent]:
        """What the answer means for its question; `body` is decoded JSON, None if the body is not JSON."""


class AnsweredTurn:
    """The HTTP answer to the question of `turn`. Call `feed` with each read, and `closed` when the connection is lost."""

    def __init__(self, turn: Turn, dialect: Taker) -> None:
        self.turn = turn
        self.answer = AnswerReader()
        self._dialect = dialect
        self._body = bytearray()

    def read(self, data: bytearray, size: int, at: float) -> bool:
        """Take `data[:size]`, which arrived at `at`. Always False: each read may end the answer."""
        self.feed(bytes(memoryview(data)[:size]), at)
        return False

    def feed(self, data: bytes, at: float) -> None:
        """Take bytes that arrived at `at`."""
        if self.answer.done:
            return
        try:
            self._body += self.answer.feed(data)
            if len(self._body) > _MOST_BODY:
                raise StreamError(f"the answer to the question exceeds {_MOST_BODY >> 20} MB")
        except StreamError as error:
            self.turn.on(Error(str(error)), at)
            return
        if self.answer.done:
            self._over(at)

    def closed(self, at: float) -> None:
        """The connection was lost."""
        if self.answer.done:
            return
        if self.answer.status and self.answer.end():
            self._over(at)
        else:
            self.turn.disconnected(at, "the connection was closed before the question was answered")

    def _over(self, at: float) -> None:
        try:
            body = json.loads(self._body)
        except (ValueError, RecursionError):
            body = None
        for said in self._dialect.answered(self.turn.own, self.answer.status, body):
            self.turn.on(said, at)
