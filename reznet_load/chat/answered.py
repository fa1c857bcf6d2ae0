"""A question over HTTP whose reply comes as events on a socket: its answer says only whether the backend has it. No I/O."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Protocol

from reznet_load.chat.dialect import Error, OwnQuestion, TurnEvent
from reznet_load.chat.turn import Turn
from reznet_load.protocols.closing import StreamError
from reznet_load.protocols.http_stream import AnswerReader

_MOST_BODY = 1 << 20  # bytes of an answer that has no reply in it


class Taker(Protocol):
    """A dialect whose questions are answered by whether they were taken."""

    def answered(self, own: OwnQuestion, status: int, body: Any) -> Sequence[TurnEvent]:
        """What an answer is to its question; `body` is decoded JSON, None where it is none."""


class AnsweredTurn:
    """The answer to one question. `feed` what is read, `closed` when nothing comes any more."""

    def __init__(self, turn: Turn, dialect: Taker) -> None:
        self.turn = turn
        self.answer = AnswerReader()
        self._dialect = dialect
        self._body = bytearray()

    def read(self, data: bytearray, size: int, at: float) -> bool:
        """`data[:size]` arrived at `at`; False, because each read of it may end the answer."""
        self.feed(bytes(memoryview(data)[:size]), at)
        return False

    def feed(self, data: bytes, at: float) -> None:
        """Bytes that arrived at `at`."""
        if self.answer.done:
            return
        try:
            self._body += self.answer.feed(data)
            if len(self._body) > _MOST_BODY:
                raise StreamError(f"an answer over {_MOST_BODY >> 20} MB")
        except StreamError as error:
            self.turn.on(Error(str(error)), at)
            return
        if self.answer.done:
            self._over(at)

    def closed(self, at: float) -> None:
        """The connection is lost."""
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
