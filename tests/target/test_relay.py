"""The relay with a real server: cut connections are reset and refused, hanging ones stay open, restored ones work."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest

from reznet_load.core.errors import ConfigError, ReznetLoadError
from reznet_load.drive.cutting import RelayCutter
from reznet_load.target.servers.relays import Relays


@pytest.fixture
def echo() -> Iterator[int]:
    """The port of a server that sends back what it is sent."""
    listener = socket.create_server(("127.0.0.1", 0))

    def answer(connection: socket.socket) -> None:
        with suppress(ConnectionError), connection:  # a cut resets this side too
            while piece := connection.recv(65_536):
                connection.sendall(piece)

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=answer, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    yield listener.getsockname()[1]
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


def connect(url: str) -> socket.socket:
    found = socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), 5)
    found.settimeout(5)
    return found


def told(connection: socket.socket, text: bytes) -> bytes:
    connection.sendall(text)
    got = b""
    while len(got) < len(text):
        got += connection.recv(65_536)
    return got


def test_a_cut_server_is_reset_and_refused_until_it_is_restored(echo: int) -> None:
    with Relays({"redis": f"redis://127.0.0.1:{echo}", "provider": f"http://127.0.0.1:{echo}"}) as relays:
        cutter = RelayCutter(relays.control, hang=False)
        other = connect(relays.urls["provider"])
        open_before = connect(relays.urls["redis"])
        large = bytes(range(256)) * 4000
        assert told(open_before, large) == large
        for _ in range(2):  # its port is still its own the second time
            cutter.cut("redis")
            with pytest.raises(ConnectionResetError):
                open_before.recv(1)
            with pytest.raises(ConnectionRefusedError):
                connect(relays.urls["redis"])
            assert told(other, b"still there") == b"still there"
            cutter.give_back("redis")
            open_before = connect(relays.urls["redis"])
            assert told(open_before, b"again") == b"again"


def test_a_hanging_connection_stays_open_and_continues_later(echo: int) -> None:
    with Relays({"redis": f"redis://:secret@127.0.0.1:{echo}/0"}) as relays:
        assert relays.urls["redis"].startswith("redis://:secret@127.0.0.1:") and relays.urls["redis"].endswith("/0")
        cutter = RelayCutter(relays.control, hang=True)
        with connect(relays.urls["redis"].removesuffix("/0")) as connection:
            assert told(connection, b"before") == b"before"
            cutter.cut("redis")
            connection.sendall(b"meanwhile")
            connection.settimeout(0.2)
            with pytest.raises(TimeoutError):
                connection.recv(1)
            cutter.give_back("redis")
            connection.settimeout(5)
            assert connection.recv(64) == b"meanwhile"


def test_an_unknown_relay_command_is_reported(echo: int) -> None:
    with Relays({"redis": f"redis://127.0.0.1:{echo}"}) as relays:
        with pytest.raises(ReznetLoadError, match="cut postgres"):
            RelayCutter(relays.control, hang=False).cut("postgres")
        control = relays.control
    with pytest.raises(ReznetLoadError, match="does not answer"):
        RelayCutter(control, hang=False).cut("redis")


def test_an_address_that_is_no_url_is_refused() -> None:
    with pytest.raises(ConfigError, match="--relay: the address of postgres"):
        Relays({"postgres": "host=/tmp dbname=reznet"})
