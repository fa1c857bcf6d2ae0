"""Opens a deployment's Socket.IO connection: websocket-client connects and upgrades it, the caller reads it."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from socket import socket
from typing import Any
from urllib.parse import urlsplit

import websocket

from reznet_load.core.text.foreign_text import for_terminal
from reznet_load.core.text.secrets import mask_url
from reznet_load.deployment.cookies.jar import apart
from reznet_load.deployment.handshake import MOST_HEAD_BYTES, HandshakeSocket, HandshakeTooLong, connect
from reznet_load.deployment.tls import tls_remedy
from reznet_load.protocols.closing import plain
from reznet_load.protocols.deflate import OFFER


class UpgradeError(Exception):
    """The upgrade to a WebSocket failed; the text names the step and what was received."""


@dataclass(frozen=True, slots=True)
class Opened:
    """`extensions`: the server's Sec-WebSocket-Extensions; `cookies`: each Set-Cookie of its answer."""

    socket: socket
    extensions: str | None
    cookies: tuple[str, ...] = ()


def websocket_url(host: str, socket_path: str) -> str:
    """The WebSocket URL of Engine.IO 4, without polling first."""
    parts = urlsplit(host)
    scheme = "wss" if parts.scheme == "https" else "ws"
    path = parts.path.rstrip("/") + "/" + socket_path.strip("/") + "/"
    return f"{scheme}://{parts.netloc.rpartition('@')[2]}{path}?EIO=4&transport=websocket"


def upgrade(
    url: str,
    headers: Mapping[str, str],
    cookie: str,
    tls: ssl.SSLContext | None,
    seconds: float,
    compression: bool = True,
    proxy: str = "",
) -> Opened:
    """A WebSocket, requested with the `Cookie` header `cookie`. Raises UpgradeError within `seconds`."""
    sent = [f"{name}: {value}" for name, value in headers.items()]
    if compression:
        sent.append(f"Sec-WebSocket-Extensions: {OFFER}")
    connection: HandshakeSocket | None = None
    client = websocket.WebSocket(enable_multithread=False)
    websocket._handshake.CookieJar.jar.clear()  # the library's jar, shared by all users of the process
    try:
        connection = connect(url, tls, seconds, proxy)
        client.connect(
            url,
            timeout=seconds,
            header=sent,
            cookie=cookie or None,
            socket=connection,
            redirect_limit=0,
        )
    except BaseException as error:
        if connection is not None:
            connection.raw.close()
        if (reason := _reason(error, seconds, client.handshake_response, url.startswith("wss:"))) is None:
            raise
        raise UpgradeError(reason) from None
    answer = {name.lower(): value for name, value in (client.getheaders() or {}).items()}
    cookies = tuple(apart(answer.get("set-cookie", "")))
    return Opened(connection.raw, answer.get("sec-websocket-extensions"), cookies)


def _reason(error: BaseException, seconds: float, answer: Any, secure: bool) -> str | None:
    """Why an upgrade failed (`answer`: its head, if there was one); None if `error` is not a failed upgrade."""
    if isinstance(error, websocket.WebSocketBadStatusException):
        return f"upgrade refused: HTTP {error.status_code}"
    if answer is not None and 300 <= answer.status < 400:
        to = for_terminal(mask_url((answer.headers or {}).get("location", "nowhere")), 200)
        return f"upgrade refused: HTTP {answer.status}, redirect to {to}, not followed"
    if isinstance(error, HandshakeTooLong):
        return f"upgrade refused: no end of the answer's head after {MOST_HEAD_BYTES >> 10} KB"
    if isinstance(error, websocket.WebSocketTimeoutException | TimeoutError):
        return f"connect time-out: no upgrade within {seconds:g} s"
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    if isinstance(error, OSError | websocket.WebSocketException):
        return f"connect failed: {plain(error)}{tls_remedy(error) if secure else ''}"
    return None
