"""The delaying proxy is accurate: a client measures the configured delay, and data arrive in order and whole."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import random
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import httpx2
import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from reznet_load.core.errors import ConfigError
from reznet_load.core.settings.networks import NETWORKS, Network, parse_networks
from reznet_load.probes.network import DelayedLink, DelayingProxy, origin_of
from reznet_load.probes.probe import ProbeError


@contextmanager
def echo(context: ssl.SSLContext | None = None) -> Iterator[int]:
    """A TCP or TLS server that gives back what it reads; its port."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve(connection: socket.socket) -> None:
        with connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            talk = context.wrap_socket(connection, server_side=True) if context else connection
            try:
                while data := talk.recv(65_536):
                    talk.sendall(data)
            except OSError:
                pass

    def accept() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    yield server.getsockname()[1]
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    thread.join(5)


@contextmanager
def tunnel(proxy: str, port: int) -> Iterator[socket.socket]:
    """A connection through the proxy's CONNECT."""
    connection = socket.create_connection(("127.0.0.1", urlsplit(proxy).port or 0), timeout=10)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.sendall(f"CONNECT 127.0.0.1:{port} HTTP/1.1\r\n\r\n".encode())
    assert connection.recv(4096) == b"HTTP/1.1 200 Connection established\r\n\r\n"
    with connection:
        yield connection


def round_trip(connection: socket.socket) -> float:
    """Seconds from a byte sent to its echo."""
    began = time.perf_counter()
    connection.sendall(b"x")
    assert connection.recv(1) == b"x"
    return time.perf_counter() - began


@pytest.mark.parametrize(("delay", "jitter"), [(0.0, 0.0), (0.02, 0.0), (0.03, 0.01)])
def test_the_measured_round_trip_equals_the_configured_delay(delay: float, jitter: float) -> None:
    with echo() as port, DelayingProxy(Network(delay, jitter, None, "")) as proxy, tunnel(proxy, port) as connection:
        trips = sorted(round_trip(connection) for _ in range(11))
    assert trips[0] >= 2 * (delay - jitter) - 0.0005
    assert (
        trips[0] <= 2 * (delay + jitter) + 0.012
    )  # two timers of whole milliseconds; the best of 11, on a busy machine
    if jitter:
        assert trips[-1] - trips[0] > jitter / 4


def test_opening_a_connection_costs_a_round_trip() -> None:
    took = []
    with echo() as port, DelayingProxy(Network(0.04, 0.0, None, "")) as proxy:
        for _ in range(5):
            began = time.perf_counter()
            with tunnel(proxy, port):
                took.append(time.perf_counter() - began)
    assert 0.08 <= min(took) < 0.16  # one, and not two; a busy machine delays some of five


def test_bandwidth_is_honoured_and_every_byte_arrives_in_order() -> None:
    sent = random.Random(3).randbytes(100_000)
    with echo() as port, DelayingProxy(Network(0.01, 0.005, 250_000, "")) as proxy, tunnel(proxy, port) as connection:
        began, got = time.perf_counter(), b""
        threading.Thread(target=connection.sendall, args=(sent,), daemon=True).start()
        while len(got) < len(sent):
            got += connection.recv(65_536)
        took = time.perf_counter() - began
    assert hashlib.sha256(got).digest() == hashlib.sha256(sent).digest()
    assert 0.4 <= took < 0.8  # 100 kB at 250 kB/s, and back while it still comes


@given(st.lists(st.tuples(st.integers(1, 4096), st.floats(0, 0.01)), min_size=1, max_size=40))
def test_a_link_never_sends_faster_than_its_rate_and_never_before_its_delay(pieces: list[tuple[int, float]]) -> None:
    network = Network(0.05, 0.01, 100_000, "")
    link, now, sent = DelayedLink(network, 1), 0.0, 0
    for size, pause in pieces:
        now, sent = now + pause, sent + size
        due = link.due(size, now)
        assert due >= now + size / 100_000 + 0.04 - 1e-9
        assert due >= sent / 100_000 + 0.04 - 1e-9


def test_tls_passes_through_with_the_name_of_its_origin() -> None:
    authority = trustme.CA()
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("provider.test").configure_cert(server)
    authority.configure_trust(client)
    with (
        echo(server) as port,
        DelayingProxy(Network(0.0, 0.0, None, "")) as proxy,
        tunnel(proxy, port) as connection,
        client.wrap_socket(connection, server_hostname="provider.test") as talk,
    ):
        talk.sendall(b"hello")
        assert talk.recv(5) == b"hello"


def test_a_proxy_that_cannot_listen_fails_at_once_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    async def full(*_: object, **__: object) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr("asyncio.start_server", full)
    with pytest.raises(ProbeError, match="could not be started: Too many open files"), DelayingProxy(NETWORKS["local"]):
        pass


def test_a_proxy_that_never_listens_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()

    async def stuck(*_: object, **__: object) -> None:
        await asyncio.to_thread(over.wait)
        raise OSError(errno.ECANCELED, "over")

    monkeypatch.setattr("asyncio.start_server", stuck)
    monkeypatch.setattr("reznet_load.probes.network.START_SECONDS", 0.05)
    proxy = DelayingProxy(NETWORKS["local"])
    try:
        with pytest.raises(ProbeError, match="did not listen within"), proxy:
            pass
    finally:
        over.set()
        proxy._thread.join(10)
    assert not proxy._thread.is_alive()


def test_an_origin_that_is_not_there_is_a_bad_gateway() -> None:
    with socket.socket() as free, DelayingProxy(NETWORKS["local"]) as proxy:
        free.bind(("127.0.0.1", 0))
        with httpx2.Client(proxy=proxy, trust_env=False) as client:
            assert client.get(f"http://127.0.0.1:{free.getsockname()[1]}/").status_code == 502


def test_a_connection_broken_by_the_origin_is_broken_for_the_client() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        DelayingProxy(Network(0.01, 0, None, "")) as proxy,
        tunnel(proxy, server.getsockname()[1]) as connection,
    ):
        far, _ = server.accept()
        far.sendall(b"last words")
        far.close()
        assert connection.recv(100) == b"last words" and connection.recv(100) == b""


@pytest.mark.parametrize(
    ("head", "origin"),
    [
        (b"CONNECT api.test:443 HTTP/1.1\r\n\r\n", (True, "api.test", 443)),
        (b"CONNECT [::1]:8443 HTTP/1.1\r\n\r\n", (True, "::1", 8443)),
        (b"POST http://127.0.0.1:9/v1/messages HTTP/1.1\r\n\r\n", (False, "127.0.0.1", 9)),
        (b"GET http://gateway/ HTTP/1.1\r\n\r\n", (False, "gateway", 80)),
    ],
)
def test_a_request_names_its_origin(head: bytes, origin: tuple[bool, str, int]) -> None:
    assert origin_of(head) == origin


@pytest.mark.parametrize("head", [b"GET / HTTP/1.1\r\n\r\n", b"GET ftp://h/ HTTP/1.1\r\n\r\n", b"nonsense\r\n\r\n"])
def test_a_request_that_names_no_origin_is_refused(head: bytes) -> None:
    with pytest.raises(ValueError):
        origin_of(head)


def test_names_are_checked_and_kept_in_the_order_of_the_table() -> None:
    assert parse_networks("mobile, local,mobile") == ("local", "mobile")
    assert parse_networks("all") == tuple(NETWORKS) and parse_networks("") == ()
    with pytest.raises(ConfigError, match="'moon', expected all, or some of local, same-region"):
        parse_networks("moon")
