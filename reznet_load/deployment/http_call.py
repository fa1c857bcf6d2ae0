"""One HTTP call on its own connection: complete within a time and a size, redirects are not followed."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from reznet_load.core.failed.failure_kinds import MOST_BODY_BYTES
from reznet_load.deployment.connections.exchange import HttpConnection, RawAnswer
from reznet_load.protocols.http_request import encode


def call(
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: Any = None,
    tls: ssl.SSLContext | None = None,
    seconds: float = 5.0,
    most_bytes: int = MOST_BODY_BYTES,
    proxy: str = "",
) -> RawAnswer:
    """The answer to one call; `seconds` for each wait, twice that in total. `body` is sent as JSON.

    Raises OSError (TimeoutError, connection errors, BadAnswer), or ValueError if the call cannot be written as HTTP.
    """
    request = request_of(method, url, {**headers, "Connection": "close"}, body)
    connection = HttpConnection(url, tls, seconds, proxy)
    try:
        return connection.exchange(request, method == "HEAD", most_bytes)
    finally:
        connection.close()


def request_of(method: str, url: str, headers: Mapping[str, str], body: Any = None) -> bytes:
    """The request that asks the host of `url` for its path. Raises ValueError."""
    parts = urlsplit(url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    host = parts.netloc.rpartition("@")[2]
    return encode(method, path, host.encode("idna").decode() if not host.isascii() else host, headers, body)
