"""One call over HTTP on a connection of its own: whole within a time and a size, straight to its host, no redirect followed."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from reznet_load.core.failed.failure_kinds import BODY_TOO_LONG, MOST_BODY_BYTES
from reznet_load.protocols.closing import StreamError
from reznet_load.protocols.http_request import encode
from reznet_load.protocols.http_stream import AnswerReader

_READ_BYTES = 64 << 10


class BadAnswer(OSError):
    """No whole HTTP answer came, or a larger one than may be; its text says what was seen."""


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """An answer as it came, its body inflated; names of headers in lower case, and each Set-Cookie by itself."""

    status: int
    body: bytes
    headers: dict[str, str]
    cookies: tuple[str, ...] = ()


def call(
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: Any = None,
    tls: ssl.SSLContext | None = None,
    seconds: float = 5.0,
    most_bytes: int = MOST_BODY_BYTES,
) -> RawAnswer:
    """The answer to one call; `seconds` for each wait, twice that in all. `body` is sent as JSON.

    Raises OSError: TimeoutError, those of the connection, BadAnswer; ValueError where the call cannot be put into words of
    HTTP.
    """
    parts, until = urlsplit(url), time.monotonic() + 2 * seconds
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    host = parts.netloc.rpartition("@")[2]
    request = encode(
        method,
        path,
        host.encode("idna").decode() if not host.isascii() else host,
        {**headers, "Connection": "close"},
        body,
    )
    with _opened(parts.hostname or "", parts.port, tls if parts.scheme == "https" else None, seconds) as connection:
        connection.sendall(request)
        reader, pieces, taken = AnswerReader(method == "HEAD"), [], 0
        while not reader.done:
            connection.settimeout(_left(until, seconds))
            data = connection.recv(_READ_BYTES)
            if not data:
                break
            pieces.append(_fed(reader, data))
            taken += len(pieces[-1])
            if taken > most_bytes:
                raise BadAnswer(BODY_TOO_LONG if most_bytes == MOST_BODY_BYTES else f"body over {most_bytes >> 20} MB")
    if not reader.done and not reader.end():
        raise BadAnswer("the connection was closed before the end of the answer")
    return RawAnswer(reader.status, b"".join(pieces), reader.headers, tuple(reader.cookies))


def _fed(reader: AnswerReader, data: bytes) -> bytes:
    try:
        return reader.feed(data)
    except StreamError as error:
        raise BadAnswer(str(error)) from None


def _left(until: float, seconds: float) -> float:
    left = until - time.monotonic()
    if left <= 0:  # bytes keep coming, one by one: no time-out of a read ever sees that
        raise TimeoutError("the answer did not end")
    return min(left, seconds)


def _opened(host: str, port: int | None, tls: ssl.SSLContext | None, seconds: float) -> Any:
    plain = socket.create_connection((host, port or (443 if tls else 80)), seconds)
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if tls is None:
        return plain
    try:
        return tls.wrap_socket(plain, server_hostname=host)
    except BaseException:
        plain.close()
        raise
