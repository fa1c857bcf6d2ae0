"""One question to an agent and everything that comes back, as a table of transitions with the clock passed in.

Theory of operation. A turn is in one of these states, and each event of its channel is first given a name:

    ASKED      the question is sent             echo       its own message came back
    ECHOED     the backend has it               thinking   agent_status thinking
    THINKING   an agent works on it             placeholder  the agent's empty message, to be streamed into
    PLACED     chunks may come                  chunk      a chunk with text
    STREAMING  text has come                    final      the last chunk
    ENDED      the reply is over, the clock     whole      the agent's whole message, not streamed
               stopped; an error may follow     busy · stream_error · agent_error · server_error
    CLOSED     nothing changes any more         quiet      500 ms after the end

TABLE says what each does in each state; what is not in it changes nothing, because backends say things twice, late or
in another order. Before its own echo nothing an agent says can be the answer: it answers somebody else. A failure
closes the turn at once.
Times are seconds of the caller's clock; `deadline()` is when `expire()` next has something to say.
"""

from __future__ import annotations

from array import array
from enum import Enum, auto
from typing import Any

from reznet_load.chat.failure import Failure, cause_of, error_in
from reznet_load.chat.wire import Event
from reznet_load.core.settings.settings import Timeouts


class State(Enum):
    """Where a turn stands."""

    ASKED = auto()
    ECHOED = auto()
    THINKING = auto()
    PLACED = auto()
    STREAMING = auto()
    ENDED = auto()
    CLOSED = auto()


S = State
_LATE_ERROR_SECONDS = 0.5  # real ones come 15-25 ms after the final chunk
_KEPT = 500  # characters of a reply or an error, for the reader
_BEFORE_TEXT = (S.ASKED, S.ECHOED, S.THINKING, S.PLACED)
_OPEN = (*_BEFORE_TEXT, S.STREAMING)

# (state, what happened) -> next state, or the failure that closes the turn.
TABLE: dict[tuple[State, str], State | Failure] = {
    (S.ASKED, "echo"): S.ECHOED,
    (S.ECHOED, "thinking"): S.THINKING,
    **{(state, "placeholder"): S.PLACED for state in (S.ECHOED, S.THINKING)},
    **{(state, "chunk"): S.STREAMING for state in (S.PLACED, S.STREAMING)},
    **{(state, "whole"): S.ENDED for state in (S.ECHOED, S.THINKING)},
    (S.STREAMING, "final"): S.ENDED,
    (S.PLACED, "final"): Failure.SILENCE,  # a reply without a word
    (S.ENDED, "quiet"): S.CLOSED,
    **{(state, "busy"): Failure.BUSY for state in (S.ECHOED, S.THINKING, S.PLACED)},
    **{(state, "stream_error"): Failure.ERROR_IN_STREAM for state in (S.PLACED, S.STREAMING)},
    **{(state, "agent_error"): Failure.ERROR_MESSAGE for state in _OPEN if state is not S.ASKED},
    **{(state, "server_error"): Failure.ERROR_MESSAGE for state in (S.ASKED, S.ECHOED)},
    (S.ENDED, "agent_error"): Failure.ERROR_AFTER_REPLY,
    (S.ASKED, "no_echo"): Failure.NO_ECHO,
    **{(state, "no_token"): Failure.SILENCE for state in _BEFORE_TEXT},
    (S.STREAMING, "no_chunk"): Failure.STALL,
    **{(state, "too_long"): Failure.REPLY_TIMEOUT for state in _OPEN},
    **{(state, "lost"): Failure.DISCONNECTED for state in _OPEN},
    (S.ENDED, "lost"): S.CLOSED,  # the whole reply was there
}


class Turn:
    """A question asked at `asked_at` in a channel of the user's own.

    Times of what happened are None until it did; `gaps` are seconds between arrivals of text, those of one arrival
    merged; `said` is how the reply begins, `detail` what a failure said; `wants` are the ids of the
    messages whose chunks are its own; `received` counts the events that concern it, its failure's included.
    """

    def __init__(self, channel_id: str, question: str, agent: str | None, asked_at: float, timeouts: Timeouts) -> None:
        self.channel_id, self.question, self.asked_at, self._timeouts = channel_id, question, asked_at, timeouts
        self.agent = agent.lstrip("@") if agent else None
        self.state = S.ASKED
        self.failure: Failure | None = None
        self.detail = self.cause = self.said = ""
        self.message_id = self.reply_id = ""
        self.wants: frozenset[bytes] = frozenset()
        self.chunks = self.text_length = self.received = 0
        self.gaps = array("d")
        self.echo_at: float | None = None
        self.first_token_at: float | None = None
        self.last_chunk_at: float | None = None
        self.final_at: float | None = None

    @property
    def closed(self) -> bool:
        """Nothing changes any more."""
        return self.state is S.CLOSED

    def on(self, event: Event, at: float) -> None:
        """An event of the socket, any; what is not its own is ignored."""
        self.expire(at)  # whoever keeps the clock may be late; what was due comes first
        happened, state = self._name(event), self.state
        if happened:
            self._step(happened, at, event.data)
        self.received += self._concerns(event.data) or self.state is not state

    def disconnected(self, at: float, reason: str) -> None:
        """The socket is gone."""
        self._step("lost", at, {"error": reason})

    def deadline(self) -> float:
        """The next moment at which `expire` may change something."""
        return min((when for when, _ in self._due()), default=self.asked_at)

    def expire(self, now: float) -> None:
        """What did not come in time, as of `now`; the earliest first."""
        while due := sorted((when, what) for when, what in self._due() if when <= now):
            self._step(due[0][1], due[0][0], {})

    def _due(self) -> list[tuple[float, str]]:
        limits, asked = self._timeouts, self.asked_at
        if self.state is S.CLOSED:
            return []
        if self.state is S.ENDED:
            assert self.final_at is not None
            return [(self.final_at + _LATE_ERROR_SECONDS, "quiet")]
        due = [(asked + limits.reply, "too_long")]
        if self.state is S.ASKED:
            due.append((asked + limits.echo, "no_echo"))
        if self.state is S.STREAMING:
            assert self.last_chunk_at is not None
            due.append((self.last_chunk_at + limits.gap, "no_chunk"))
        else:
            due.append((asked + limits.first_token, "no_token"))
        return due

    def _name(self, event: Event) -> str:
        """What `event` is to this turn; `` where it is nothing to it."""
        data = event.data
        match event.name:
            case "message_stream":
                return self._name_chunk(data) if data.get("message_id") == self.reply_id and self.reply_id else ""
            case "message_new":
                return self._name_message(data) if data.get("channel_id") == self.channel_id else ""
            case "message_update":  # a text that comes with no chunk at all
                own = self.state is S.PLACED and data.get("id") == self.reply_id and data.get("content")
                return "chunk" if own else ""
            case "agent_status":
                own = data.get("status") == "thinking" and self._is_agent(data.get("agent_name"))
                return "thinking" if own and data.get("channel_id", self.channel_id) == self.channel_id else ""
            case "error":
                return "server_error"
        return ""

    def _name_chunk(self, data: dict[str, Any]) -> str:
        if error_in(data.get("metadata")) is not None:
            return "stream_error"
        return "final" if data.get("is_final") else "chunk"

    def _name_message(self, data: dict[str, Any]) -> str:
        metadata = data.get("metadata")
        metadata = metadata if isinstance(metadata, dict) else {}
        match data.get("author_type"):
            case "user":
                return "echo" if str(data.get("content")).strip() == self.question.strip() else ""
            case "system":
                return "busy" if metadata.get("busy") and self._is_agent(metadata.get("agent", self.agent)) else ""
            case "agent":
                answers = metadata.get("in_reply_to")
                if answers and self.message_id and answers != self.message_id:
                    return ""  # to an earlier question of this channel
                if not self._is_agent(data.get("author_name")):
                    return ""
                if metadata.get("error"):
                    return "agent_error"
                return "whole" if data.get("content") else "placeholder"
        return ""

    def _concerns(self, data: dict[str, Any]) -> bool:
        """Is it of this channel or of this reply? A status names neither: it counts where it changes the state."""
        return data.get("channel_id") == self.channel_id or (
            bool(self.reply_id) and self.reply_id in (data.get("message_id"), data.get("id"))
        )

    def _is_agent(self, name: Any) -> bool:
        return self.agent is None or str(name or "").lstrip("@") == self.agent

    def _step(self, happened: str, at: float, data: dict[str, Any]) -> None:
        if happened == "chunk" and not (data.get("chunk") or data.get("content")):
            return  # an empty chunk is no token
        if happened == "final" and data.get("chunk"):
            self._step("chunk", at, data)
        to = TABLE.get((self.state, happened))
        if to is None:
            return
        if isinstance(to, Failure):
            self._fail(to, data, at, happened)
            return
        self._note(happened, at, data)
        self.state = to

    def _note(self, happened: str, at: float, data: dict[str, Any]) -> None:
        if self.agent is None and happened in ("thinking", "placeholder", "whole"):  # the first that takes it
            self.agent = str(data.get("agent_name") or data.get("author_name") or "").lstrip("@") or None
        match happened:
            case "echo":
                self.echo_at, self.message_id = at, str(data.get("id", ""))
            case "placeholder":
                self.reply_id = str(data.get("id", ""))
                self.wants = frozenset({self.reply_id.encode()})
            case "chunk":
                self._note_text(str(data.get("chunk") or data.get("content")), at)
            case "whole":
                self._note_text(str(data["content"]), at)
                self.final_at = at
            case "final":
                self.final_at = at

    def _note_text(self, text: str, at: float) -> None:
        self.chunks += 1
        self.text_length += len(text)
        if len(self.said) < _KEPT:
            self.said = (self.said + text)[:_KEPT]
        if self.last_chunk_at is None:
            self.first_token_at = at
        elif at > self.last_chunk_at:
            self.gaps.append(at - self.last_chunk_at)
        self.last_chunk_at = at

    def _fail(self, failure: Failure, data: dict[str, Any], at: float, happened: str) -> None:
        self.failure, self.state = failure, S.CLOSED
        if self.final_at is None:
            self.final_at = at
        error = error_in(data.get("metadata"))
        told = (data.get("content"), error if isinstance(error, str) else "")
        said = next(filter(None, (*told, *(data.get(name) for name in ("chunk", "error", "message")))), "")
        self.detail = "empty reply" if happened == "final" else str(said)[:_KEPT]
        self.cause = cause_of(data.get("metadata"), self.detail)
