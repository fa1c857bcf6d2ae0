"""The HTTP client of users: one call is one request, which ends within a time and a size, and follows no redirect.

Locust's client follows redirects to any host with all headers, restarts its time-out at each read, and accepts a body
of any length. Here `--timeout request` limits the whole call, connection and body included; a head may have 64 KB, and
a body at most 16 MB after inflating. Exceeding a limit is a failure with a name.
Cost: `make bench-rest`; a request is built once instead of twice, which compensates for reading the clock.
"""

from __future__ import annotations

import errno
import time
import zlib
from collections.abc import Callable
from functools import partial
from typing import Any

import brotli
import gevent
from geventhttpclient.client import IDEMPOTENT_METHODS, HTTPClient, HTTPClientPool
from geventhttpclient.response import HTTPConnectionClosed, HTTPParseError, HTTPSocketPoolResponse
from geventhttpclient.url import URL
from locust.contrib.fasthttp import FastResponse, LocustBadStatusCode, LocustUserAgent

from reznet_load.core.failed.failure_kinds import (
    BODY_TOO_LONG,
    HEAD_TOO_LONG,
    MOST_BODY_BYTES,
    MOST_HEAD_BYTES,
    redirected,
)
from reznet_load.deployment.connections.way import connect
from reznet_load.load.record import ReportedFailure
from reznet_load.load.rest.inflating import UnusableResponse, inflated, unbrotlied

_READ_BYTES = 64 << 10  # read at once of a body that did not come with its head
_TURN_BYTES = 256 << 10  # read of one body before other users' sockets get a turn
_GONE = (errno.ECONNRESET, errno.EPIPE)


class Redirected(ReportedFailure, LocustBadStatusCode):
    """A 3xx ends the call. The text is made when it is recorded, from the answer that its agent adds."""

    def __str__(self) -> str:
        location = self.response.headers.get("location") if self.response is not None else None
        return redirected(self.code, location if isinstance(location, str) else "")


class BoundedResponse(HTTPSocketPoolResponse):
    """An answer from a socket, complete before `until` (`time.perf_counter` seconds).

    Raises TimeoutError, and UnusableResponse if its head or body is too long for a REST API.
    """

    def __init__(self, sock: Any, pool: Any, until: float, **given: Any) -> None:
        self._until = until
        super().__init__(sock, pool, **given)

    def _next(self, sock: Any, size: int) -> bytes:
        left = self._until - time.perf_counter()
        if left <= 0:
            raise TimeoutError
        sock.settimeout(left)
        return sock.recv(size)

    def _read_headers(self, pre_buffered: bytes = b"") -> None:
        taken, sock = 0, self._sock
        assert sock is not None
        try:
            while not self.headers_complete or self.get_code() < 200:
                if taken > MOST_HEAD_BYTES:
                    raise UnusableResponse(HEAD_TOO_LONG)
                try:
                    data = self._next(sock, self.block_size)
                except OSError as error:
                    if error.errno == errno.ECONNRESET and not taken:
                        raise HTTPConnectionClosed("connection closed.") from None
                    raise
                if not data:
                    raise HTTPParseError("connection closed in the head") if taken else HTTPConnectionClosed("closed")
                taken += len(data)
                self.feed(data)
            if self.message_complete:
                self.release()
        except BaseException:
            self.release()
            raise

    def read(self, length: int | None = None) -> bytes:
        """The body, of at most MOST_BODY_BYTES; the rest is read if its end has not come yet."""
        if length is None and self._sock is not None and not self.message_complete:
            try:
                self._take_body()
            except BaseException:
                self._body_buffer = bytearray()  # the error's traceback keeps this answer alive until a collection
                self.release()
                raise
        return super().read(length)

    def _take_body(self) -> None:
        sock = self._sock
        taken = len(self._body_buffer)
        turn = 0
        assert sock is not None
        if (self.content_length or 0) > MOST_BODY_BYTES:
            raise UnusableResponse(BODY_TOO_LONG)
        while not self.message_complete:
            data = self._next(sock, _READ_BYTES)
            self.feed(data)
            taken += len(data)
            turn += len(data)
            if taken > MOST_BODY_BYTES:
                raise UnusableResponse(BODY_TOO_LONG)
            if turn > _TURN_BYTES:
                turn = 0
                gevent.sleep(0)


class BoundedClient(HTTPClient):
    """Requests to one host."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        pool = self._connection_pool
        self._seconds = pool.network_timeout
        connect, seconds = pool._create_socket, min(pool.connection_timeout, pool.network_timeout)
        pool._create_socket = lambda: _within(seconds, connect)  # type: ignore[method-assign]

    def go_through(self, proxy: str) -> None:
        """Open connections through the tunnel of `proxy` from now on."""
        pool = self._connection_pool
        seconds = min(pool.connection_timeout, pool.network_timeout)
        pool._create_socket = lambda: _within(seconds, partial(_tunnelled, pool, seconds, proxy))  # type: ignore[method-assign]

    def request(self, method: str, request_uri: str, body: Any = b"", headers: Any = None) -> HTTPSocketPoolResponse:
        """The answer to one request; tried once more if the server closed an idle connection in the meantime."""
        data = body.encode() if isinstance(body, str) else bytes(body or b"")
        request = self._build_request(method, request_uri, body=data, headers=headers, chunked=False)
        sent, pool = request.encode("latin-1") + data, self._connection_pool
        again = pool.size + 1 if method in IDEMPOTENT_METHODS else 0
        until = time.perf_counter() + self._seconds
        while True:
            sock = pool.get_socket()
            try:
                sock.settimeout(self._seconds)
                sock.sendall(sent)
            except BaseException as error:
                pool.release_socket(sock)
                if again and isinstance(error, OSError) and error.errno in _GONE:
                    again -= 1
                    continue
                raise
            try:
                response = BoundedResponse(
                    sock, pool, until, block_size=self.block_size, method=method, headers_type=self.headers_type
                )
            except HTTPConnectionClosed:
                if not again:
                    raise
                again -= 1
                continue
            response._sent_request = request
            return response


def _within(seconds: float, connect: Callable[[], Any]) -> Any:
    """Connect within `seconds`, including name resolution and TLS."""
    with gevent.Timeout(seconds, TimeoutError):
        return connect()


def _tunnelled(pool: Any, seconds: float, proxy: str) -> Any:
    plain = connect(pool._request_host, pool._request_port, seconds, proxy)
    if (context := getattr(pool, "ssl_context", None)) is None:
        return plain
    try:
        return context.wrap_socket(plain, server_hostname=pool._request_host)
    except BaseException:
        plain.close()
        raise


class BoundedPool(HTTPClientPool):
    """One client per host, through `proxy` if one is named."""

    def __init__(self, proxy: str, **given: Any) -> None:
        super().__init__(**given)
        self._proxy = proxy

    def get_client(self, url: str | URL) -> HTTPClient:
        """The client of that host."""
        parts = url if isinstance(url, URL) else URL(url)
        key = parts.host, parts.port
        client = self.clients.get(key)
        if client is None:
            client = self.clients[key] = bounded = BoundedClient.from_url(parts, **self.client_args)
            if self._proxy:
                bounded.go_through(self._proxy)
        return client


class BoundedAnswer(FastResponse):
    """An answer in Locust's form; its body is inflated up to MOST_BODY_BYTES."""

    def _content(self) -> bytes | None:
        try:
            return super()._content()
        except (ValueError, zlib.error, brotli.error) as error:
            encoding = self.headers.get("content-encoding") if self.headers else ""
            raise UnusableResponse(f"body not {encoding}: {error}") from None

    def unzipped(self, gzip: bool = True, br: bool = False) -> bytes:
        """The inflated body. Raises UnusableResponse."""
        raw = self._response.read() if self._response is not None else b""
        return unbrotlied(raw) if br else inflated(raw, gzip)


class BoundedAgent(LocustUserAgent):
    """Locust's agent with all these limits; its network time-out is that of a whole call."""

    response_type = BoundedAnswer
    redirect_response_codes = frozenset()

    def __init__(self, proxy: str = "", **given: Any) -> None:
        super().__init__(**given)
        self.clientpool = BoundedPool(proxy, **self.clientpool.client_args)

    def _verify_status(self, status_code: int, url: Any = None) -> None:
        if 200 <= status_code < 300:
            return
        raise (Redirected if status_code < 400 else LocustBadStatusCode)(url, code=status_code)

    def _handle_error(self, e: BaseException, url: Any = None) -> BaseException:
        raise e

    @classmethod
    def _conversation_str(cls, url: str, resp: Any, payload: Any = None, encoding: str = "utf-8") -> str:
        """The library writes down each failed exchange, and fails if the body is not text; here only the body is read."""
        resp.content  # noqa: B018  # so that the connection may be used again
        return ""
