"""Errors of a peer that breaks a protocol, and the codes and reasons of close frames."""

from __future__ import annotations

from typing import Any

# RFC 6455 7.4 and IANA's registry: the codes allowed in a close frame. 1004-1006 and 1015 are not.
_CLOSE_CODES = frozenset({*range(1000, 1004), *range(1007, 1015), *range(3000, 5000)})


class ProtocolError(Exception):
    """The peer broke the protocol. `code` is the close code for this kind of error (RFC 6455 7.4.1)."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"{reason} ({code})")
        self.code = code
        self.reason = reason


class StreamError(Exception):
    """The peer's HTTP answer is malformed or too large; the text says what was received."""


class HeadTooLongError(StreamError):
    """The head, including interim answers, exceeds its size limit."""


class BodyTooLongError(StreamError):
    """What one read of the body inflates to exceeds the size limit."""


def close_code(payload: bytes) -> tuple[int, str]:
    """(code, reason) of a close frame's payload; the code is 1005 if the payload is empty. Raises ProtocolError."""
    if not payload:
        return 1005, ""
    code = int.from_bytes(payload[:2])
    if len(payload) < 2 or code not in _CLOSE_CODES:
        raise ProtocolError(1002, f"a close frame with code {code}")
    return code, payload[2:].decode("utf-8", "replace")


def plain(what: Any) -> str:
    """The text of an error without the parts that differ each time it occurs (addresses, object ids)."""
    if isinstance(what, dict):
        what = what.get("message", what)
    text = str(getattr(what, "strerror", None) or what)
    return text.splitlines()[0][:120] if text else type(what).__name__
