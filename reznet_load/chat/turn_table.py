"""The table of a turn: what each thing that happens does in each state. `chat/turn.py` has the theory of operation."""

from __future__ import annotations

from enum import Enum, auto

from reznet_load.chat.dialect import End, Error, TurnEvent
from reznet_load.chat.failure import Failure, cause_of


class State(Enum):
    """Where a turn stands."""

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
    **{(state, "end"): Failure.SILENCE for state in BEFORE_TEXT},  # a reply without a word
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
    (S.ENDED, "lost"): S.CLOSED,  # the whole reply was there
}


def error_of(event: TurnEvent | None) -> Error:
    """What a failure says: the error's own words, or those of an end without a word of a reply."""
    match event:
        case Error():
            return event
        case End(why):
            return Error("empty reply", cause=cause_of(why))
    return Error("")
