"""Connection settings of a DSN, a service file and the environment are kept: only missing ones are added."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import psycopg
import pytest

from reznet_load.deployment.postgres_session import PostgresSession, left_open, lower
from reznet_load.probes.probe import Notes
from reznet_load.probes.reznet.postgres import RezNetPostgres


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PGCONNECT_TIMEOUT", "PGSERVICE", "PGHOST", "PGOPTIONS"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("url", "added"),
    [
        ("postgresql://a@b/c", {"connect_timeout": 5}),
        ("postgresql://a@b/c?options=-c%20work_mem%3D8MB&target_session_attrs=read-write", {"connect_timeout": 5}),
        ("postgresql://a@b/c?connect_timeout=20", {}),
        ("host=b connect_timeout=20 options='-c work_mem=8MB'", {}),
        ("service=reznet", {}),
        ("postgresql:///c?service=reznet", {}),
        ("postgresql:///c?host=/run/postgresql", {"connect_timeout": 5}),
    ],
)
def test_only_missing_connection_parameters_are_added(url: str, added: dict[str, Any]) -> None:
    assert left_open(url) == added


def test_parameters_from_the_environment_count_as_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGCONNECT_TIMEOUT", "20")
    assert left_open("postgresql://a@b/c") == {}


def test_the_lower_of_two_limits_holds() -> None:
    assert (lower(0, 5000), lower(200, 5000), lower(60_000, 5000)) == (5000, 200, 5000)


def shown(session: PostgresSession, name: str) -> str:
    return session.execute(f"SHOW {name}").fetchone()[0]  # type: ignore[index]


def test_options_of_the_dsn_and_of_the_environment_are_merged(
    stack: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    url = stack["database_url"] + "?options=" + quote("-c work_mem=8MB -c statement_timeout=700")
    with PostgresSession(url, "reznet-load", 5000, 1000) as session:
        assert (shown(session, "work_mem"), shown(session, "statement_timeout")) == ("8MB", "700ms")
        assert (shown(session, "lock_timeout"), shown(session, "transaction_read_only")) == ("1s", "on")
        assert not session.pooled
    monkeypatch.setenv("PGOPTIONS", "-c work_mem=9MB")
    with PostgresSession(stack["database_url"], "reznet-load", 5000) as session:
        assert (shown(session, "work_mem"), shown(session, "statement_timeout")) == ("9MB", "5s")


def test_a_probe_of_a_server_that_must_take_writes_connects(stack: dict[str, Any]) -> None:
    probe = RezNetPostgres(stack["database_url"] + "?target_session_attrs=read-write", Notes())
    probe.open()
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        probe._questions.connection("timed").execute("UPDATE agents SET is_active = is_active")
    probe.close()


def test_a_probe_by_a_service_file_connects(
    stack: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = urlsplit(stack["database_url"])
    file = tmp_path / "services"
    file.write_text(
        f"[reznet]\nhost=127.0.0.1\nport={parts.port}\nuser={parts.username}\npassword={parts.password}\n"
        f"dbname={parts.path[1:]}\noptions=-c work_mem=7MB\n"
    )
    monkeypatch.setenv("PGSERVICEFILE", str(file))
    for url in ("service=reznet", "postgresql://?service=reznet"):
        with PostgresSession(url, "reznet-load", 5000, 1000) as session:
            assert shown(session, "work_mem") == "7MB"


@pytest.fixture
def socket_folder(stack: dict[str, Any], tmp_path: Path) -> Iterator[Path]:
    """A folder with a name of 180 characters, in which PostgreSQL answers on a local socket."""
    folder = tmp_path / "s"
    folder.mkdir()
    here = socket.socket(socket.AF_UNIX)
    here.bind(str(folder / ".s.PGSQL.5432"))
    here.listen()

    def carry(source: socket.socket, to: socket.socket) -> None:
        while data := source.recv(65536):
            to.sendall(data)
        to.shutdown(socket.SHUT_WR)

    def serve() -> None:
        client = here.accept()[0]
        server = socket.create_connection(("127.0.0.1", urlsplit(stack["database_url"]).port or 0))
        threading.Thread(target=carry, args=(server, client), daemon=True).start()
        carry(client, server)

    threading.Thread(target=serve, daemon=True).start()
    long = tmp_path / ("x" * 180)
    long.symlink_to(folder)
    yield long
    here.close()


def test_a_socket_folder_may_be_longer_than_the_path_of_a_socket(stack: dict[str, Any], socket_folder: Path) -> None:
    parts = urlsplit(stack["database_url"])
    url = f"postgresql://{parts.username}:{parts.password}@{quote(str(socket_folder), safe='')}{parts.path}"
    with PostgresSession(url, "reznet-load", 5000) as session:
        assert shown(session, "transaction_read_only") == "on"
