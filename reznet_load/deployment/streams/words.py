"""The output of `try`: each event with its time, and how the question ended, in words that need no knowledge of
protocols.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from reznet_load.chat.dialect import (
    End,
    Error,
    Event,
    OwnQuestion,
    Taken,
    TextDelta,
    Thinking,
    Tool,
    TurnEvent,
    Usage,
    Whole,
)
from reznet_load.chat.failure import Failure
from reznet_load.chat.turn import Turn
from reznet_load.core.text.foreign_text import for_terminal
from reznet_load.dialects.reznet import RezNet

_SHOWN_PIECES = 3  # pieces of text shown individually; the others are counted


class Telling:
    """A dialect that prints each event as it is read; `now` is ms since the question."""

    def __init__(self, dialect: Any, say: Callable[[str], None], now: Callable[[], float]) -> None:
        self.needs_end = getattr(dialect, "needs_end", True)
        self.tokens_alike = False  # each event is shown
        self._dialect = dialect
        self._say = say
        self._now = now
        self._pieces = self._thoughts = 0
        self._over = False

    def concerns(self, own: OwnQuestion, event: Event) -> bool:
        """As the dialect says."""
        return self._dialect.concerns(own, event)

    def read(self, own: OwnQuestion, event: Event) -> Sequence[TurnEvent]:
        """As the dialect reads it, and printed."""
        found = self._dialect.read(own, event)
        for one in found:
            self.tell(one)
        return found

    def tell(self, event: TurnEvent) -> None:
        """Print an event; only the first few pieces of text and of reasoning are printed."""
        text = ""
        match event:
            case Taken(id):
                text = f"taken{f' as {id}' if id else ''}"
            case Thinking(thought):
                self._thoughts += 1
                text = "reasoning begins" if thought and self._thoughts == 1 else "thinking" if not thought else ""
            case Tool(name):
                text = f"calls the tool {name}"
            case TextDelta(piece) | Whole(piece) if piece:
                self._pieces += 1
                if self._pieces <= _SHOWN_PIECES:
                    text = f"text {piece[-60:]!r}"
                elif self._pieces == _SHOWN_PIECES + 1:
                    text = "more text …"
            case Usage(tokens) if tokens:
                text = f"{tokens} tokens, as the backend counts them"
            case End(why) if not self._over:  # some say it twice
                self._over = True
                text = f"the reply is over{f' ({why})' if why else ''}"
            case Error(said):
                text = f"error: {said}"
        if text:
            self.line(text)

    def line(self, text: str) -> None:
        """Print anything that happened now."""
        self._say(f"{self._now():9.1f} ms  {for_terminal(text, 300)}")


def verdict(turn: Turn, dialect: Any, key_from: str) -> str:
    """One sentence on how the question ended, and what to do if it failed."""
    if turn.failure is None:
        return _success(turn)
    reason = for_terminal(turn.detail or turn.failure.message, 300)
    return f"it does not work: {turn.failure}: {reason}{_remedy(turn, dialect, key_from)}"


def _success(turn: Turn) -> str:
    def since(at: float | None) -> str:
        return "never" if at is None else f"{(at - turn.asked_at) * 1000:.0f} ms"

    if not turn.chunks:
        calls = "1 call of a tool" if turn.tools == 1 else f"{turn.tools} calls of tools"
        return f"it works: {calls} and no text, over after {since(turn.final_at)}"
    longest = f", the longest gap {max(turn.gaps) * 1000:.0f} ms" if turn.gaps else ""
    pieces = "1 piece" if turn.chunks == 1 else f"{turn.chunks} pieces"
    return (
        f"it works: {turn.text_length} characters in {pieces}, the first after {since(turn.first_token_at)}{longest}, "
        f"the whole reply after {since(turn.final_at)}"
    )


def _remedy(turn: Turn, dialect: Any, key_from: str) -> str:
    """A line on what to do; "" if nothing is known."""
    status = re.match(r"HTTP (\d{3})", turn.detail)
    number, said = int(status[1]) if status else 0, turn.detail.lower()
    found = _by_words(said, number, dialect, key_from)
    if not found and not isinstance(dialect, RezNet):  # a RezNet is not asked over HTTP
        found = _by_status(number, dialect)
    if not found and turn.failure is Failure.SILENCE:
        found = "It took the question and said nothing: does an agent or a provider stand behind it?"
    return f"\n  {found}" if found else ""


def _by_words(said: str, number: int, dialect: Any, key_from: str) -> str:
    if number in (401, 403) or re.search(r"api.?key|authenticat|unauthor|no_db_connection|no connected db", said):
        key = f"put a key that is valid into ${key_from}, or " if key_from else ""
        return f"It wants to know who asks: {key}give --header, --cookie, --socket-auth or --accounts."
    if number == 429 or "rate limit" in said:
        return "It limits its callers: ask again later, or with another key."
    if "model" in said and number in (0, 400, 404, 422):
        return "Is the model's name right? Give it with --model NAME, as the backend lists it."
    if "upgrade refused" in said and isinstance(dialect, RezNet):
        return "No Socket.IO server answers there: give the path of the backend's with --socket-path."
    if "upgrade refused" in said:
        return f"No Socket.IO server answers at {dialect.socket_path}: is it {dialect.title}? Without --dialect that is found out."
    if re.search(r"no http/1 answer begins with b['\"]\\x15\\x03", said):
        return "This port speaks TLS: is it https:// instead?"
    if "closed without an answer" in said:
        return "It closes connections without a word: is it https:// instead, or no web server?"
    if "no http/1 answer" in said:
        return "No web server answers there: is it the right port?"
    return ""


def _by_status(number: int, dialect: Any) -> str:
    if 300 <= number < 400:
        return (
            "It sends its callers elsewhere, and no redirect is followed: give the address and the path that it names."
        )
    if number in (404, 405, 501):
        return (
            f"Nothing answers questions at {dialect.path}: give the path of this backend's chat with --path. "
            f"Is its API {dialect.title}? `reznet-load backends` lists the others."
        )
    if number in (400, 415, 422):
        return "It answers, and wants another form of question: is this its dialect? `reznet-load backends` lists them."
    return "The backend failed by itself: its log says more." if number >= 500 else ""
