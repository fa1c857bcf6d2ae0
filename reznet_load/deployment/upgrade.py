"""The way into a deployment's Socket.IO: connected and upgraded by websocket-client, read by whoever asked for it."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from socket import socket
from urllib.parse import urlsplit

import websocket

from reznet_load.protocols.closing import plain
from reznet_load.protocols.deflate import OFFER


class UpgradeError(Exception):
    """No WebSocket came of it; its text names the step that failed and what was seen."""


def websocket_url(host: str, socket_path: str) -> str:
    """The WebSocket URL of Engine.IO 4, without polling first."""
    parts = urlsplit(host)
    scheme = "wss" if parts.scheme == "https" else "ws"
    path = parts.path.rstrip("/") + "/" + socket_path.strip("/") + "/"
    return f"{scheme}://{parts.netloc.rpartition('@')[2]}{path}?EIO=4&transport=websocket"


def upgrade(
    url: str,
    headers: Mapping[str, str],
    cookies: Mapping[str, str],
    tls: ssl.SSLContext | None,
    seconds: float,
    compression: bool = True,
) -> tuple[socket, str | None]:
    """(the open socket, the server's Sec-WebSocket-Extensions). Raises UpgradeError within `seconds`."""
    sent = [f"{name}: {value}" for name, value in headers.items()]
    if compression:
        sent.append(f"Sec-WebSocket-Extensions: {OFFER}")
    try:
        client = websocket.create_connection(
            url,
            timeout=seconds,
            header=sent,
            cookie="; ".join(f"{name}={value}" for name, value in cookies.items()) or None,
            sslopt={"context": tls} if tls else None,
            redirect_limit=0,
            http_no_proxy=["*"],
            enable_multithread=False,
        )
    except websocket.WebSocketBadStatusException as error:
        raise UpgradeError(f"upgrade refused: HTTP {error.status_code}") from None
    except (websocket.WebSocketTimeoutException, TimeoutError):
        raise UpgradeError(f"connect time-out: no upgrade within {seconds:g} s") from None
    except ConnectionRefusedError:
        raise UpgradeError("connection refused") from None
    except (OSError, websocket.WebSocketException) as error:
        raise UpgradeError(f"connect failed: {plain(error)}") from None
    answer = {name.lower(): value for name, value in (client.getheaders() or {}).items()}
    return client.sock, answer.get("sec-websocket-extensions")
