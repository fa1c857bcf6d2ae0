"""How a turn can fail, each under its own name, and what the backend says of the cause."""

from __future__ import annotations

from enum import StrEnum


class Failure(StrEnum):
    """The kinds of failure a load test has to see, name and count apart; `message` is for the reader."""

    message: str

    def __new__(cls, value: str, message: str) -> Failure:
        """A kind is its name; the message rides along."""
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


# The backend did not say that it is over: it may still be on.
TIMED_OUT = frozenset({Failure.SILENCE, Failure.STALL, Failure.NO_ECHO, Failure.REPLY_TIMEOUT})

# What is looked for in error type and text -> the cause it means; the first that is found.
_CAUSES = (
    (("ratelimit", "rate limit", "rate_limit", "429"), "rate limited"),
    (("overloaded", "529"), "overloaded"),
    (("timeout", "timed out", "time-out"), "timeout"),
    (("disconnect", "connection", "remoteprotocol"), "disconnect"),
)


def cause_of(text: str) -> str:
    """One word for why, from what an error says: rate limited, overloaded, timeout, disconnect; else ``."""
    words = text.lower()
    return next((cause for needles, cause in _CAUSES if any(needle in words for needle in needles)), "")
