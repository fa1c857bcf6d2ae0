"""The states of a turn (`chat/turn.py`), and a table of what changes them.

States:
    ASKED      the question was sent
    TAKEN      the backend has the question
    THINKING   an agent works on the question
    STREAMING  text has come
    ENDED      the reply is over and its time is taken; an error may still follow
    CLOSED     nothing changes the turn any longer

What a dialect reports (the events of `chat/dialect.py`):
    taken      the backend has the question
    thinking   an agent works on the question
    text       a piece of the reply, or a `Whole` that has grown
    end        the reply is over
    acted      the reply is over, and has tool calls but no text
    failed     an error; if the dialect knows the kind, the name of that `Failure` instead

What the core adds:
    lost       the connection was lost
    left       the user left
    no_echo    the echo of the question did not come in time
    no_token   the first token did not come in time
    no_chunk   the next piece did not come in time
    too_long   the whole reply took too long
    quiet      no error followed the end of the reply for 500 ms

What TABLE does not list changes nothing: backends repeat events, or send them late or in another order.
"""

from __future__ import annotations

from enum import Enum, auto

from reznet_load.chat.dialect import End, Error, TurnEvent
from reznet_load.chat.failure import Failure, cause_of


class State(Enum):
    """The state of a turn; the module's docstring describes each."""

    ASKED = auto()
    TAKEN = auto()
    THINKING = auto()
    STREAMING = auto()
    ENDED = auto()
    CLOSED = auto()


S = State
BEFORE_TEXT = (S.ASKED, S.TAKEN, S.THINKING)
OPEN = (*BEFORE_TEXT, S.STREAMING)

# (state, what happened) -> next state, or the failure that closes the turn.
TABLE: dict[tuple[State, str], State | Failure] = {
    (S.ASKED, "taken"): S.TAKEN,
    **{(state, "thinking"): S.THINKING for state in (S.ASKED, S.TAKEN)},
    **{(state, "text"): S.STREAMING for state in OPEN},
    (S.STREAMING, "end"): S.ENDED,
    **{(state, "end"): Failure.SILENCE for state in BEFORE_TEXT},  # a reply without text
    **{(state, "acted"): S.ENDED for state in BEFORE_TEXT},
    (S.ENDED, "quiet"): S.CLOSED,
    **{(state, Failure.BUSY): Failure.BUSY for state in BEFORE_TEXT},
    **{(state, Failure.ERROR_IN_STREAM): Failure.ERROR_IN_STREAM for state in OPEN},
    **{(state, Failure.ERROR_MESSAGE): Failure.ERROR_MESSAGE for state in OPEN},
    **{(state, "failed"): Failure.ERROR_MESSAGE for state in BEFORE_TEXT},
    (S.STREAMING, "failed"): Failure.ERROR_IN_STREAM,
    **{(S.ENDED, kind): Failure.ERROR_AFTER_REPLY for kind in ("failed", Failure.ERROR_MESSAGE)},
    (S.ASKED, "no_echo"): Failure.NO_ECHO,
    **{(state, "no_token"): Failure.SILENCE for state in BEFORE_TEXT},
    (S.STREAMING, "no_chunk"): Failure.STALL,
    **{(state, "too_long"): Failure.REPLY_TIMEOUT for state in OPEN},
    **{(state, "lost"): Failure.DISCONNECTED for state in OPEN},
    **{(state, "left"): S.CLOSED for state in OPEN},
    (S.ENDED, "lost"): S.CLOSED,  # the whole reply had come
}


def error_of(event: TurnEvent | None) -> Error:
    """The error that `event` reports; an End that closes a turn is an empty reply; any other event is an empty error."""
    match event:
        case Error():
            return event
        case End(why):
            return Error("empty reply", cause=cause_of(why))
    return Error("")
