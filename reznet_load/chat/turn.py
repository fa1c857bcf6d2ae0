"""A turn: one question to an agent, its reply, and the time of each part.

`chat/turn_table.py` describes the states of a turn and what changes them. All times are seconds of the caller's clock:
the caller passes the moment of each event, and calls `expire()` when `deadline()` is reached.
"""

from __future__ import annotations

from array import array
from io import StringIO

from reznet_load.chat.dialect import (
    End,
    Error,
    Event,
    OwnQuestion,
    Reader,
    Taken,
    TextDelta,
    Thinking,
    Tool,
    TurnEvent,
    Usage,
    Whole,
)
from reznet_load.chat.failure import Failure, cause_of
from reznet_load.chat.turn_rows import OF_AGENTS
from reznet_load.chat.turn_table import OPEN, TABLE, State, error_of
from reznet_load.core.settings.settings import Timeouts

S = State
_LATE_ERROR_SECONDS = 0.5  # measured: error messages come 15-25 ms after the final chunk
KEPT_CHARACTERS = 500  # of a reply or of an error's text


class Turn:
    """A question that was sent at `asked_at`, and what happened to it. Each `…_at` is None until it happened.

    own       by what the dialect recognises the events of the question
    echoes    does this backend always send a question back? A missing echo is then a failure
    kept      characters of the reply that are kept in `said`
    gaps      seconds between two arrivals of text; pieces that arrive together have no gap between them
    detail    the text of the failure, at most KEPT_CHARACTERS; `cause` is its cause in a word
    received  events that belong to the question or its reply, including those of a failure
    left_at   when the user left before the end of the reply, which is not a failure
    rows      the rows that the turn is timed in
    """

    rows = OF_AGENTS

    def __init__(
        self, own: OwnQuestion, asked_at: float, timeouts: Timeouts, echoes: bool = True, kept: int = KEPT_CHARACTERS
    ) -> None:
        self.own = own
        self.asked_at = asked_at
        self.timeouts = timeouts
        self.echoes = echoes
        self._kept = kept
        self.state = S.ASKED
        self.failure: Failure | None = None
        self.detail = self.cause = ""
        self._text = StringIO()  # a list of the pieces would take 60 bytes a token
        self.chunks = self.text_length = self.received = 0
        self.gaps = array("d")
        self.tools = 0  # tool calls
        self.tokens = self.tokens_asked = 0  # the backend's own count; 0: it did not count them
        self.tool_seconds = 0.0  # sum over the tool calls, each until the next event
        self._tool_at: float | None = None
        self.taken_at: float | None = None
        self.thinking_at: float | None = None  # the first reasoning
        self.first_token_at: float | None = None
        self.last_chunk_at: float | None = None
        self.final_at: float | None = None
        self.left_at: float | None = None

    @property
    def said(self) -> str:
        """The beginning of the reply, at most `kept` characters."""
        return self._text.getvalue()[: self._kept]

    @property
    def closed(self) -> bool:
        """Has the turn succeeded, failed or been left, so that nothing changes it any longer?"""
        return self.state is S.CLOSED

    def on(self, event: TurnEvent, at: float) -> None:
        """Apply an event of the dialect that arrived at `at`."""
        self.expire(at)  # a time-out before `at` comes first, even if the caller's timer was late
        self._happen(event, at)

    def _happen(self, event: TurnEvent, at: float) -> None:
        if type(event) is TextDelta and self.state is S.STREAMING and self._tool_at is None:
            if event.delta:  # TABLE keeps the state, so nothing else can change
                self._note_text(event.delta, at)
            return
        self._count(event, at)
        if happened := self._name(event):
            self._step(happened, at, event)

    def token(self, text: str, at: float) -> bool:
        """Apply an event that is only the next piece `text` of a streaming reply. Costs a fraction of `hear`.

        False: nothing was done, because more than the text may change; call `hear` instead.
        """
        last, limits = self.last_chunk_at, self.timeouts
        if last is None or self.state is not S.STREAMING or self._tool_at is not None:
            return False
        if at >= last + limits.gap or at >= self.asked_at + limits.reply:
            return False
        self.received += 1
        self._note_text(text, at)
        return True

    def hear(self, dialect: Reader, event: Event, at: float) -> None:
        """Apply an event of the backend, which may be meant for any user; events of other turns change nothing."""
        self.expire(at)
        state = self.state
        if not self.closed:
            for said in dialect.read(self.own, event):
                self._happen(said, at)
        self.received += dialect.concerns(self.own, event) or self.state is not state

    def _count(self, event: TurnEvent, at: float) -> None:
        """Note what changes no state: reasoning, tool calls, and the backend's own count of tokens."""
        if self._tool_at is not None:
            self.tool_seconds += at - self._tool_at
            self._tool_at = None
        match event:
            case Thinking(text) if text and self.thinking_at is None and self.state in OPEN:
                self.thinking_at = at
            case Tool() if self.state in OPEN:
                self.tools += 1
                self._tool_at = at
            case Usage(tokens, asked):
                self.tokens = tokens or self.tokens
                self.tokens_asked = asked or self.tokens_asked

    def _name(self, event: TurnEvent) -> str:
        match event:
            case TextDelta(delta):
                return "text" if delta else ""  # an empty chunk does not count as a token
            case Whole(text):
                return "text" if len(text) > self.text_length else ""
            case Error(_, failure):
                return failure or "failed"
            case End() if self.tools and not self.text_length:
                return "acted"
            case Taken() | Thinking() | End():
                return type(event).__name__.lower()
        return ""

    def body_ended(self, at: float, needs_end: bool) -> None:
        """The body of the answer over HTTP is complete. If `needs_end`, a reply without an End event has failed."""
        if self.state is S.ENDED:
            self._step("quiet", at)  # no error can follow
        elif self.state is S.STREAMING and not needs_end:
            self._step("end", at, End())
            self._step("quiet", at)
        else:
            self._step("failed", at, Error("the answer ended without an end of the reply"))

    def disconnected(self, at: float, reason: str) -> None:
        """The connection was lost for `reason`."""
        self._step("lost", at, Error(reason))

    def leave(self, at: float) -> None:
        """The user leaves; changes nothing if the reply is over."""
        if self.state in OPEN:
            self.left_at = at
            self._step("left", at)

    def deadline(self) -> float:
        """The next moment at which `expire` may change the turn."""
        return min((when for when, _ in self._due()), default=self.asked_at)

    def expire(self, now: float) -> None:
        """Apply the time-outs that were reached by `now`, the earliest first."""
        if self.state is S.STREAMING and self.last_chunk_at is not None:  # runs for each token: `_due` would cost more
            limits = self.timeouts
            if now < self.last_chunk_at + limits.gap and now < self.asked_at + limits.reply:
                return
        while due := sorted((when, what) for when, what in self._due() if when <= now):
            self._step(due[0][1], due[0][0])

    def _due(self) -> list[tuple[float, str]]:
        limits, asked = self.timeouts, self.asked_at
        if self.state is S.CLOSED:
            return []
        if self.state is S.ENDED:
            assert self.final_at is not None
            return [(self.final_at + _LATE_ERROR_SECONDS, "quiet")]
        due = [(asked + limits.reply, "too_long")]
        if self.state is S.ASKED and self.echoes:
            due.append((asked + limits.echo, "no_echo"))
        if self.state is S.STREAMING:
            assert self.last_chunk_at is not None
            due.append((self.last_chunk_at + limits.gap, "no_chunk"))
        else:
            due.append((asked + limits.first_token, "no_token"))
        return due

    def _step(self, happened: str, at: float, event: TurnEvent | None = None) -> None:
        to = TABLE.get((self.state, happened))
        if to is None:
            return
        if isinstance(to, Failure):
            self._fail(to, at, error_of(event))
            return
        self._note(event, at)
        self.state = to

    def _note(self, event: TurnEvent | None, at: float) -> None:
        match event:
            case Taken():
                self.taken_at = at
            case TextDelta(delta):
                self._note_text(delta, at)
            case Whole(text):
                self._note_text(text[self.text_length :], at)
            case End():
                self.final_at = at

    def _note_text(self, text: str, at: float) -> None:
        self.chunks += 1
        self.text_length += len(text)
        if self.text_length - len(text) < self._kept:
            self._text.write(text)
        if self.last_chunk_at is None:
            self.first_token_at = at
        elif at > self.last_chunk_at:
            self.gaps.append(at - self.last_chunk_at)
        self.last_chunk_at = at

    def _fail(self, failure: Failure, at: float, error: Error) -> None:
        self.failure = failure
        self.state = S.CLOSED
        if self.final_at is None:
            self.final_at = at
        self.detail = error.text[:KEPT_CHARACTERS]
        self.cause = error.cause or cause_of(self.detail)
