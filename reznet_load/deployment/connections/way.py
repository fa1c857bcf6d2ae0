"""Opens every connection to a host: directly, or through the tunnel of the proxy that `--proxy` names.

None of our clients uses the environment's proxies. A tunnel (CONNECT) is used for every scheme, as browsers do for
WebSockets: REST calls and sockets take the same route, and no proxy answers from its cache. Cost of a proxy: one round
trip to it for each new connection, within the same time-out.
"""

from __future__ import annotations

import base64
import re
import socket
import time
from typing import Any
from urllib.parse import unquote, urlsplit

from reznet_load.core.errors import ProxyError
from reznet_load.core.failed.failure_kinds import MOST_HEAD_BYTES
from reznet_load.core.text.secrets import mask_url

_END = b"\r\n\r\n"
_ANSWER = re.compile(rb"HTTP/1\.[01] (\d{3})[^\r\n]*\r?\n")
_REMEDIES = {
    "407": "it requires a user and a password: --proxy http://user:password@host:port",
    "403": "its rules do not allow that host and port",
    "405": "it does not support CONNECT, which sockets need",
}


def connect(host: str, port: int, seconds: float, proxy: str = "") -> Any:
    """A TCP connection to `host`, within `seconds` in total. Raises OSError; ProxyError for an error of the proxy."""
    if not proxy:
        plain = socket.create_connection((host, port), seconds)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return plain
    until = time.monotonic() + seconds
    parts = urlsplit(proxy)
    try:
        plain = socket.create_connection((parts.hostname or "", parts.port or 80), seconds)
    except OSError as error:
        why = "no connection in time" if isinstance(error, TimeoutError) else error.strerror or str(error)
        raise ProxyError(f"proxy {mask_url(proxy)}: {why}") from None
    try:
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        plain.sendall(_request(host, port, proxy))
        _check(_head(plain, until, proxy), proxy)
    except BaseException:
        plain.close()
        raise
    return plain


def _request(host: str, port: int, proxy: str) -> bytes:
    name = host if host.isascii() else host.encode("idna").decode()
    where = f"[{name}]:{port}" if ":" in name else f"{name}:{port}"
    lines = [f"CONNECT {where} HTTP/1.1", f"Host: {where}"]
    parts = urlsplit(proxy)
    if parts.username is not None:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        lines.append(f"Proxy-Authorization: Basic {base64.b64encode(pair.encode()).decode()}")
    return "\r\n".join([*lines, "", ""]).encode("ascii")


def _head(plain: socket.socket, until: float, proxy: str) -> bytes:
    """The head of the proxy's answer; no data follow it until something is sent into the tunnel."""
    head = b""
    while _END not in head:
        left = until - time.monotonic()
        try:
            if left <= 0:
                raise TimeoutError
            plain.settimeout(left)
            data = plain.recv(4096)
        except TimeoutError:
            raise ProxyError(f"proxy {mask_url(proxy)}: no answer in time to CONNECT") from None
        head += data
        if not data or len(head) > MOST_HEAD_BYTES:
            why = "a head over 64 KB" if data else "it closed the connection"
            raise ProxyError(f"proxy {mask_url(proxy)}: {why} in answer to CONNECT")
    return head


def _check(head: bytes, proxy: str) -> None:
    found = _ANSWER.match(head)
    status = found[1].decode() if found else ""
    if status.startswith("2"):
        return
    said = f"HTTP {status}" if status else "no HTTP answer"
    remedy = f"; {_REMEDIES[status]}" if status in _REMEDIES else ""
    raise ProxyError(f"proxy {mask_url(proxy)}: {said} in answer to CONNECT{remedy}")
