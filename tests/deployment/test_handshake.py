"""The WebSocket handshake is limited in time and length, and goes directly to its host."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from reznet_load.deployment import upgrade as module
from reznet_load.deployment.upgrade import UpgradeError, upgrade


@contextmanager
def server(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that reads one request and then does what `answer` does."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            try:
                there, _ = listening.accept()
                with there:
                    there.settimeout(5)
                    while b"\r\n\r\n" not in there.recv(65536):
                        pass
                    answer(there)
            except OSError:
                pass

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"ws://127.0.0.1:{listening.getsockname()[1]}/socket.io/"
    thread.join(6)
    assert not thread.is_alive()


def drip(there: socket.socket) -> None:
    there.sendall(b"HTTP/1.1 101 Switching Protocols\r\n")
    for _ in range(60):
        there.sendall(b"X")
        time.sleep(0.05)


def endless_line(there: socket.socket) -> None:
    for _ in range(4000):
        there.sendall(b"A" * 1000)


def endless_headers(there: socket.socket) -> None:
    there.sendall(b"HTTP/1.1 101 Switching Protocols\r\n")
    for _ in range(100_000):
        there.sendall(b"X-More: again\r\n" * 20)


def redirect(there: socket.socket) -> None:
    there.sendall(
        b"HTTP/1.1 302 Found\r\nLocation: ws://u:some-password@other.example/\x1b[31m\r\nContent-Length: 0\r\n\r\n"
    )


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (drip, "no upgrade within 1 s"),
        (endless_line, "no end of the answer's head after 64 KB"),
        (endless_headers, "no end of the answer's head after 64 KB"),
    ],
)
def test_a_head_without_end_ends_the_attempt(answer: Callable[[socket.socket], None], says: str) -> None:
    began = time.monotonic()
    with server(answer) as url, pytest.raises(UpgradeError, match=says):
        upgrade(url, {}, "", None, 1.0)
    assert time.monotonic() - began < 4


def test_a_redirect_is_not_followed_and_says_where_to() -> None:
    with server(redirect) as url, pytest.raises(UpgradeError) as error:
        upgrade(url, {}, "", None, 1.0)
    assert "HTTP 302, redirect to ws://u:***@other.example/" in str(error.value) and "not followed" in str(error.value)
    assert "\x1b" not in str(error.value)


def test_bytes_after_the_head_stay_in_the_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    key = b"dGhlIHNhbXBsZSBub25jZQ=="
    monkeypatch.setattr(module.websocket._handshake, "_create_sec_websocket_key", lambda: key.decode())

    def accept(there: socket.socket) -> None:
        head = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        there.sendall(head + b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r")
        time.sleep(0.05)
        there.sendall(b"\n\x81\x05hello")
        time.sleep(0.2)

    with server(accept) as url:
        connected = upgrade(url, {}, "", None, 2.0).socket
        with connected:
            assert connected.recv(100) == b"\x81\x05hello"


def test_the_environments_proxies_are_not_used_for_the_handshake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with server(redirect) as url, pytest.raises(UpgradeError, match="HTTP 302"):
        upgrade(url, {}, "", None, 1.0)
