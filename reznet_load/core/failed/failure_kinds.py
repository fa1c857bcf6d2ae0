"""Kinds of failure as values. Only this module makes the texts that samples keep, and only it reads them back.

A sample has room for one text only, and the run folders of earlier versions keep only such texts. Code that decides by
how an operation failed calls `kind_of`. `chat/failure.py` has the kinds of a turn's failure with their words for the
reader.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from enum import Enum
from functools import lru_cache
from urllib.parse import urlsplit, urlunsplit

from reznet_load.core.errors import ProxyError
from reznet_load.core.text.foreign_text import safe
from reznet_load.core.text.secrets import mask_url

# How a failure reached the user.
TIMED_OUT, CONNECTION, EXPLICIT = "time-out", "connection lost or refused", "explicit error"

NO_ANSWER = "time-out: no answer in time"
CONNECTION_REFUSED, CONNECTION_LOST = "connection refused", "connection lost"
# Limits of any HTTP answer. No list of a chat's REST API comes near them; a larger answer could fill the generator's
# memory.
MOST_HEAD_BYTES, MOST_BODY_BYTES = 64 << 10, 16 << 20
HEAD_TOO_LONG, BODY_TOO_LONG = "head over 64 KB", "body over 16 MB"


class FailureKind(Enum):
    """A kind of failure, with the word that its text begins with (if it has one) and `how` it reached the user."""

    BUSY = "busy", EXPLICIT
    RATE_LIMITED = "rate limited", EXPLICIT  # HTTP 429, or the cause that a backend names
    OVERLOADED = "overloaded", EXPLICIT  # HTTP 503, 529, or the cause that a backend names
    SERVER_ERROR = "HTTP 5xx", EXPLICIT
    CLIENT_ERROR = "HTTP 4xx", EXPLICIT
    REDIRECTED = "HTTP 3xx", EXPLICIT
    ERROR_IN_STREAM = "error in stream", EXPLICIT
    ERROR_AFTER_REPLY = "error after reply", EXPLICIT
    ERROR_MESSAGE = "error", EXPLICIT
    NO_ECHO = "no echo", TIMED_OUT
    SILENCE = "silence", TIMED_OUT
    STALL = "stall", TIMED_OUT
    REPLY_TIMEOUT = "reply timeout", TIMED_OUT
    TIME_OUT = "time-out", TIMED_OUT  # any other wait that ended without an answer
    REFUSED = "connection refused", CONNECTION
    LOST = "disconnected", CONNECTION
    OWN = "the generator's own", EXPLICIT  # it ran out of files or addresses
    OTHER = "other", EXPLICIT

    def __init__(self, word: str, how: str) -> None:
        self.word = word
        self.how = how


# The answer came too late, or never.
TOO_LATE = tuple(kind for kind in FailureKind if kind.how == TIMED_OUT)
# "Not now": the request may be tried again later.
REFUSALS = (FailureKind.BUSY, FailureKind.RATE_LIMITED, FailureKind.OVERLOADED)
# Answers of a server in trouble.
SERVER_TROUBLE = (FailureKind.SERVER_ERROR, FailureKind.OVERLOADED)

_OWN = re.compile(
    r"Too many open files|Cannot assign requested address|EMFILE|EADDRNOTAVAIL|name resolution|Name or service not known",
    re.IGNORECASE,
)
_HTTP = re.compile(r"HTTP (\d{3})\b")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_CAUSE = re.compile(r"^(rate limited|overloaded)\b|\((rate limited|overloaded)\)$")
_LATE = re.compile(r"time-out|timed out|^no pong\b|\bwithin \d")
_GONE = re.compile(r"^(connection|connect|disconnected)\b")
# Longer words first, because "error in stream" begins with "error".
_WORDS = {
    kind.word: kind for kind in sorted(FailureKind, key=lambda kind: -len(kind.word)) if kind is not FailureKind.OTHER
}
_FIRST = re.compile(rf"({'|'.join(map(re.escape, _WORDS))})(?![\w-])")


def http(status: int) -> str:
    """The text of an answer that is an HTTP error."""
    return f"HTTP {status}"


def redirected(status: int, location: str) -> str:
    """The text of an answer that redirects, which is not followed; the same for every id in the path."""
    try:
        to = mask_url(urlunsplit(urlsplit(location)._replace(query="", fragment="")))
    except ValueError:
        to = location
    return f"HTTP {status}, redirect to {safe(_UUID.sub('{id}', to), 200) or 'nowhere'}"


def within(missing: str, seconds: float) -> str:
    """The text of a wait that timed out: `no pong within 5 s`."""
    return f"{missing} within {seconds:g} s"


def of_exception(error: BaseException) -> str:
    """The text of a connection error; "" if `error` is not one."""
    if isinstance(error, ProxyError):
        return f"connect failed: {error}"
    if isinstance(error, ConnectionRefusedError):
        return CONNECTION_REFUSED
    if isinstance(error, ConnectionError):
        return CONNECTION_LOST
    return NO_ANSWER if isinstance(error, TimeoutError) or "timed out" in str(error) else ""


def http_status(text: str) -> int | None:
    """The status of a failure that was an HTTP error; None for any other failure."""
    found = _HTTP.match(text)
    return int(found[1]) if found else None


@lru_cache(maxsize=4096)
def kind_of(text: str) -> FailureKind:
    """The kind of a failure by the text that a sample keeps, written by this or an earlier version."""
    if _OWN.search(text):
        return FailureKind.OWN
    if (status := http_status(text)) is not None:
        return _of_status(status)
    if cause := _CAUSE.search(text):
        return _WORDS[cause[1] or cause[2]]
    if CONNECTION_REFUSED in text.lower():
        return FailureKind.REFUSED
    if (word := _FIRST.match(text)) is not None:
        return _WORDS[word[1]]
    if _LATE.search(text):
        return FailureKind.TIME_OUT
    return FailureKind.LOST if _GONE.match(text) else FailureKind.OTHER


def refusals(errors: Mapping[str, int], kinds: Iterable[FailureKind]) -> dict[str, int]:
    """Status (`HTTP 503`) or named cause (`overloaded`) of the failures of `kinds` in `errors` (text -> count) -> count."""
    found, wanted = Counter[str](), frozenset(kinds)
    for text, count in errors.items():
        if (kind := kind_of(text)) in wanted:
            status = http_status(text)
            found[kind.word if status is None else f"HTTP {status}"] += count
    return dict(found.most_common())


def _of_status(status: int) -> FailureKind:
    if status == 429:
        return FailureKind.RATE_LIMITED
    if status in (503, 529):
        return FailureKind.OVERLOADED
    if status < 400:
        return FailureKind.REDIRECTED
    return FailureKind.SERVER_ERROR if status >= 500 else FailureKind.CLIENT_ERROR
