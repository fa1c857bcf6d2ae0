"""One question to an agent and everything that comes back, as a table of transitions with the clock passed in.

Theory of operation. A turn is in one of these states. A dialect names what happens to it by the eight events of
`chat.dialect`; the core adds what no backend says:

    ASKED      the question is sent             taken      the backend has it
    TAKEN      the backend has it               thinking   it works on it
    THINKING   an agent works on it             text       a piece of the reply, or `Whole` where it has grown
    STREAMING  text has come                    end        the reply is over; `acted` where it is tool calls and no text
    ENDED      the reply is over, the clock     failed     an error; `Failure`'s own names where the dialect knows the kind
               stopped; an error may follow     lost · left (by its user) · no_echo · no_token · no_chunk · too_long
    CLOSED     nothing changes any more         quiet      500 ms after the end

TABLE (`chat/turn_table.py`) says what each does in each state; what is not in it changes nothing, because backends say
things twice, late or in another order. A failure closes the turn at once.
Times are seconds of the caller's clock; `deadline()` is when `expire()` next has something to say.
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
_LATE_ERROR_SECONDS = 0.5  # real ones come 15-25 ms after the final chunk
KEPT_CHARACTERS = 500  # of a reply or an error, for the reader


class Turn:
    """A question asked at `asked_at`; `own` is what the dialect knows it by.

    Times of what happened are None until it did; `gaps` are seconds between arrivals of text, those of one arrival
    merged; `said` is how the reply begins (`kept` characters of it), `detail` what a failure said; `received` counts the
    events that concern it, its failure's included. `echoes`: does this backend always say that it has the question? Then
    its silence is a failure. `left_at`: its user left before the end, which is no failure. `rows`: where it is timed.
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
        self._text = StringIO()  # while it is kept; pieces of their own would take 60 bytes a token
        self.chunks = self.text_length = self.received = 0
        self.gaps = array("d")
        self.tools = self.tokens = self.tokens_asked = (
            0  # calls of tools; tokens as the backend counted them, 0: it did not
        )
        self.tool_seconds = 0.0  # from each call of a tool to what came next
        self._tool_at: float | None = None
        self.taken_at: float | None = None
        self.thinking_at: float | None = None  # the first reasoning
        self.first_token_at: float | None = None
        self.last_chunk_at: float | None = None
        self.final_at: float | None = None
        self.left_at: float | None = None

    @property
    def said(self) -> str:
        """How the reply begins, at most `kept` characters."""
        return self._text.getvalue()[: self._kept]

    @property
    def closed(self) -> bool:
        """Nothing changes any more."""
        return self.state is S.CLOSED

    def on(self, event: TurnEvent, at: float) -> None:
        """What a dialect read of something that arrived at `at`."""
        self.expire(at)  # the caller's clock may be late; what was due comes first
        self._happen(event, at)

    def _happen(self, event: TurnEvent, at: float) -> None:
        if type(event) is TextDelta and self.state is S.STREAMING and self._tool_at is None:
            if event.delta:  # nothing else can change: TABLE keeps the state
                self._note_text(event.delta, at)
            return
        self._count(event, at)
        if happened := self._name(event):
            self._step(happened, at, event)

    def token(self, text: str, at: float) -> bool:
        """A piece of the reply that is an event of its own, in mid-stream: as `hear`, at a fraction of the cost.

        False: something else may change with it, and nothing was done.
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
        """Something that the backend says, to any user; what does not belong to this turn is ignored."""
        self.expire(at)
        state = self.state
        if not self.closed:
            for said in dialect.read(self.own, event):
                self._happen(said, at)
        self.received += dialect.concerns(self.own, event) or self.state is not state

    def _count(self, event: TurnEvent, at: float) -> None:
        """What changes no state: reasoning, tools, and the backend's own count of tokens."""
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
                return "text" if delta else ""  # an empty chunk is no token
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
        """The answer over HTTP is over: without an end of its own it is a success only where the backend gives none."""
        if self.state is S.ENDED:
            self._step("quiet", at)  # nothing can follow
        elif self.state is S.STREAMING and not needs_end:
            self._step("end", at, End())
            self._step("quiet", at)
        else:
            self._step("failed", at, Error("the answer ended without an end of the reply"))

    def disconnected(self, at: float, reason: str) -> None:
        """The connection is lost."""
        self._step("lost", at, Error(reason))

    def leave(self, at: float) -> None:
        """Its user leaves; nothing where the reply is over."""
        if self.state in OPEN:
            self.left_at = at
            self._step("left", at)

    def deadline(self) -> float:
        """The next moment at which `expire` may change something."""
        return min((when for when, _ in self._due()), default=self.asked_at)

    def expire(self, now: float) -> None:
        """What did not come in time, as of `now`; the earliest first."""
        if self.state is S.STREAMING and self.last_chunk_at is not None:  # with each token: as `_due`, at no cost
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
