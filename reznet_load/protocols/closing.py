"""How a peer can break a protocol, and what it says when it closes."""

from __future__ import annotations

from typing import Any

# RFC 6455 7.4 and IANA's registry: what may stand in a close frame; 1004-1006 and 1015 may not.
_CLOSE_CODES = frozenset({*range(1000, 1004), *range(1007, 1015), *range(3000, 5000)})


class ProtocolError(Exception):
    """The peer broke the protocol. `code` is the close code that says how (RFC 6455 7.4.1)."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"{reason} ({code})")
        self.code = code
        self.reason = reason


class StreamError(Exception):
    """The peer's answer over HTTP is none that can be read, or larger than an answer may be; its text says what was seen."""


class HeadTooLongError(StreamError):
    """Its head, interim answers included, is larger than one may be."""


class BodyTooLongError(StreamError):
    """One read of its body inflates to more than a body may have."""


def close_code(payload: bytes) -> tuple[int, str]:
    """(code, reason) of a close frame's payload; 1005 where it names none. Raises ProtocolError."""
    if not payload:
        return 1005, ""
    code = int.from_bytes(payload[:2])
    if len(payload) < 2 or code not in _CLOSE_CODES:
        raise ProtocolError(1002, f"a close frame with code {code}")
    return code, payload[2:].decode("utf-8", "replace")


def plain(what: Any) -> str:
    """The gist of an error without what makes each occurrence its own (addresses, object ids)."""
    if isinstance(what, dict):
        what = what.get("message", what)
    text = str(getattr(what, "strerror", None) or what)
    return text.splitlines()[0][:120] if text else type(what).__name__
