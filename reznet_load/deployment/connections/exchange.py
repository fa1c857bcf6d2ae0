"""A reusable HTTP/1.1 connection: one exchange after another, each complete within a time and a size."""

from __future__ import annotations

import socket
import ssl
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from reznet_load.core.failed.failure_kinds import BODY_TOO_LONG, HEAD_TOO_LONG, MOST_BODY_BYTES
from reznet_load.deployment.connections.way import connect
from reznet_load.protocols.closing import BodyTooLongError, HeadTooLongError, StreamError
from reznet_load.protocols.http_stream import AnswerReader

_READ_BYTES = 64 << 10
_CUT_SHORT = "the connection was closed before the end of the answer"


class BadAnswer(OSError):
    """The HTTP answer was incomplete or too large; the text says what was received."""


class ClosedUnanswered(ConnectionResetError):
    """The connection ended before the first byte of an answer: a server may do that to an idle one."""


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """An answer as received, its body inflated; header names in lower case, each Set-Cookie separate."""

    status: int
    body: bytes
    headers: dict[str, str]
    cookies: tuple[str, ...] = ()


class HttpConnection:
    """A connection to the origin of `url`, opened at the first exchange; `tls` if it is https.

    seconds   for a connect or a wait
    whole     for an exchange, connect and body included; None: twice `seconds`
    """

    def __init__(
        self, url: str, tls: ssl.SSLContext | None, seconds: float, proxy: str = "", whole: float | None = None
    ) -> None:
        parts = urlsplit(url)
        self._host = parts.hostname or ""
        self._tls = tls if parts.scheme == "https" else None
        self._port = parts.port or (443 if self._tls else 80)
        self._proxy = proxy
        self._seconds = seconds
        self._whole = 2 * seconds if whole is None else whole
        self._socket: Any = None

    @property
    def is_open(self) -> bool:
        """Is it connected and reusable?"""
        return self._socket is not None

    def exchange(self, request: bytes, to_head: bool = False, most_bytes: int = MOST_BODY_BYTES) -> RawAnswer:
        """The answer to `request`. Raises OSError: TimeoutError, connection errors, BadAnswer; then the connection is
        closed.
        """
        until = time.monotonic() + self._whole
        try:
            if self._socket is None:
                self._socket = opened(self._host, self._port, self._tls, self._left(until), self._proxy)
            self._socket.settimeout(self._left(until))
            try:
                self._socket.sendall(request)
            except (BrokenPipeError, ConnectionResetError):
                raise ClosedUnanswered(_CUT_SHORT) from None
            answer, keeps = self._answer(until, to_head, most_bytes)
        except BaseException:
            self.close()
            raise
        if not keeps:
            self.close()
        return answer

    def _answer(self, until: float, to_head: bool, most_bytes: int) -> tuple[RawAnswer, bool]:
        """(the answer, may the connection be used again)."""
        reader = AnswerReader(to_head)
        pieces = []
        taken = 0
        heard = False
        while not reader.done:
            self._socket.settimeout(self._left(until))
            data = self._received(heard)
            if not data:
                break
            heard = True
            pieces.append(_fed(reader, data))
            taken += len(pieces[-1])
            if taken > most_bytes:
                raise BadAnswer(BODY_TOO_LONG if most_bytes == MOST_BODY_BYTES else f"body over {most_bytes >> 20} MB")
        keeps = reader.keeps_alive and not reader.rest
        if not reader.done and not reader.end():
            if not heard:
                raise ClosedUnanswered(_CUT_SHORT)
            raise BadAnswer(_CUT_SHORT)
        return RawAnswer(reader.status, b"".join(pieces), reader.headers, tuple(reader.cookies)), keeps

    def _received(self, heard: bool) -> bytes:
        try:
            return self._socket.recv(_READ_BYTES)
        except ConnectionResetError:
            if heard:
                raise
            raise ClosedUnanswered(_CUT_SHORT) from None

    def _left(self, until: float) -> float:
        left = until - time.monotonic()
        if left <= 0:  # bytes keep coming one by one, which no read time-out would notice
            raise TimeoutError("the answer did not end")
        return min(left, self._seconds)

    def close(self) -> None:
        """Close it; the next exchange opens another."""
        found = self._socket
        self._socket = None
        if found is not None:
            try:
                found.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            found.close()


def opened(host: str, port: int, tls: ssl.SSLContext | None, seconds: float, proxy: str = "") -> Any:
    """A connected socket, with TLS if there is a context; `seconds` for the connection, and again for TLS. Raises
    OSError.
    """
    plain = connect(host, port, seconds, proxy)
    if tls is None:
        return plain
    try:
        plain.settimeout(seconds)
        return tls.wrap_socket(plain, server_hostname=host)
    except BaseException:
        plain.close()
        raise


def _fed(reader: AnswerReader, data: bytes) -> bytes:
    try:
        return reader.feed(data)
    except HeadTooLongError:
        raise BadAnswer(HEAD_TOO_LONG) from None
    except BodyTooLongError:
        raise BadAnswer(BODY_TOO_LONG) from None
    except StreamError as error:
        raise BadAnswer(str(error)) from None
