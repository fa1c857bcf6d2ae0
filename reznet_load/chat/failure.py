"""The kinds of failure of a turn, and the cause that an error's text names."""

from __future__ import annotations

from enum import StrEnum


class Failure(StrEnum):
    """A kind of failure of a turn. Reports count each kind separately; `message` explains the kind to the reader."""

    message: str

    def __new__(cls, value: str, message: str) -> Failure:
        """The member `value`, a str, with `message` as an attribute."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.message = message
        return member

    BUSY = "busy", "the agent answers somebody else, no reply will come"
    ERROR_IN_STREAM = "error in stream", "the last chunk carried an error"
    ERROR_AFTER_REPLY = "error after reply", "a whole reply, then an error message of the same agent"
    ERROR_MESSAGE = "error", "an error message in place of a reply"
    SILENCE = "silence", "no first token in time"
    STALL = "stall", "chunks stopped before the last one"
    NO_ECHO = "no echo", "the question never came back"
    REPLY_TIMEOUT = "reply timeout", "the whole reply took too long"
    DISCONNECTED = "disconnected", "the socket was lost"


# The backend did not report an end: it may still be working on the reply.
TIMED_OUT = frozenset({Failure.SILENCE, Failure.STALL, Failure.NO_ECHO, Failure.REPLY_TIMEOUT})

# (what an error's type or text contains, the cause that it means); the first match counts.
_CAUSES = (
    (("ratelimit", "rate limit", "rate_limit", "429"), "rate limited"),
    (("overloaded", "529"), "overloaded"),
    (("timeout", "timed out", "time-out"), "timeout"),
    (("disconnect", "connection", "remoteprotocol"), "disconnect"),
)


def cause_of(text: str) -> str:
    """The cause that an error's `text` names: `rate limited`, `overloaded`, `timeout`, `disconnect`; empty: none of them."""
    words = text.lower()
    return next((cause for needles, cause in _CAUSES if any(needle in words for needle in needles)), "")
