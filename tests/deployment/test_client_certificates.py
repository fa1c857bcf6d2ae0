"""A server that requires a client certificate: REST, sockets and users send it; a missing one is reported."""

from __future__ import annotations

import socket
import ssl
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import trustme

from reznet_load.core.errors import ConfigError, TargetError
from reznet_load.core.settings.settings import Settings
from reznet_load.deployment.api import Api
from reznet_load.deployment.blocking_session import BlockingSession, BlockingSessionError
from reznet_load.deployment.tls import tls_context
from reznet_load.load.workers.terms import difference, from_data, terms_of, to_data


@dataclass(frozen=True)
class Server:
    """Its port, and the files of those who may come in."""

    port: int
    ca: str
    cert: str
    key: str


@pytest.fixture(params=[ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["1.2", "1.3"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    """Answers `[]` to those it knows, and no WebSocket."""
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.maximum_version = request.param
    context.verify_mode = ssl.CERT_REQUIRED
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.configure_trust(context)
    mine = authority.issue_cert("load@test.example")
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    mine.private_key_pem.write_to_path(str(tmp_path / "me.key"))
    for blob in mine.cert_chain_pems:
        blob.write_to_path(str(tmp_path / "me.pem"), append=True)
    here = socket.create_server(("127.0.0.1", 0))

    def answer(plain: socket.socket) -> None:
        try:
            with context.wrap_socket(plain, server_side=True) as client:
                while asked := client.recv(65_536):
                    if b"Upgrade:" in asked:
                        client.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
                    else:
                        client.sendall(
                            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n[]"
                        )
        except OSError:
            pass

    def serve() -> None:
        while True:
            try:
                plain = here.accept()[0]
            except OSError:
                return
            threading.Thread(target=answer, args=(plain,), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    files = (str(tmp_path / name) for name in ("ca.pem", "me.pem", "me.key"))
    yield Server(here.getsockname()[1], *files)
    here.close()


def settings(server: Server, shown: bool, **more: Any) -> Settings:
    mine = {"cert": server.cert, "key": server.key} if shown else {}
    return Settings(host=f"https://127.0.0.1:{server.port}", ca=server.ca, **mine, **more)


def test_rest_sends_the_client_certificate_and_reports_a_missing_one(server: Server) -> None:
    assert Api(settings(server, shown=True)).call("GET", "/api/agents").body == []
    with pytest.raises(TargetError, match=r"asks? for a client certificate: give one with --cert"):
        Api(settings(server, shown=False)).call("GET", "/api/agents")


def test_sockets_send_the_client_certificate_and_report_a_missing_one(server: Server) -> None:
    with pytest.raises(BlockingSessionError, match="HTTP 403"):  # it came through
        BlockingSession(settings(server, shown=True), {}).open()
    with pytest.raises(BlockingSessionError, match=r"asks? for a client certificate: give one with --cert"):
        BlockingSession(settings(server, shown=False), {}).open()


USERS = """
import gevent.monkey
gevent.monkey.patch_all()
import sys
from locust.contrib.fasthttp import FastHttpSession
from locust.event import EventHook
from reznet_load.core.settings.settings import Settings
from reznet_load.deployment.tls import tls_context

host, ca, cert, key = sys.argv[1:]
tls = tls_context(Settings(host=host, ca=ca, cert=cert, key=key))
user = FastHttpSession(host, EventHook(), None, insecure=False, ssl_context_factory=lambda **_: tls)
assert user.get("/", name="x").status_code == 200
"""


def test_users_send_the_client_certificate(server: Server) -> None:
    files = (server.ca, server.cert, server.key)
    command = [sys.executable, "-c", USERS, f"https://127.0.0.1:{server.port}", *files]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stderr


def test_a_worker_gets_the_certificate_from_its_master_and_keeps_no_file(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    master = from_data(to_data(terms_of(settings(server, shown=True), ["RestUser"])))
    assert difference(master, terms_of(Settings(), ["RestUser"])) == ""
    room = tmp_path / "room"
    room.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(room))
    context = tls_context(Settings(), master.files["ca"], master.files["cert"] + master.files["key"])
    plain = socket.create_connection(("127.0.0.1", server.port))
    with context.wrap_socket(plain, server_hostname="127.0.0.1") as shown:
        shown.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert shown.recv(100).startswith(b"HTTP/1.1 200")
    assert not list(room.iterdir())


@pytest.mark.parametrize(
    ("cert", "key", "said"),
    [("none.pem", "", "No such file"), ("ca.pem", "", "cannot be read"), ("", "me.key", "without --cert")],
)
def test_unusable_certificate_files_are_refused_before_the_run(server: Server, cert: str, key: str, said: str) -> None:
    folder = Path(server.ca).parent
    paths = {name: str(folder / file) if file else "" for name, file in (("cert", cert), ("key", key))}
    with pytest.raises(ConfigError, match=said):
        tls_context(Settings(**paths))


def test_an_encrypted_key_is_refused_without_a_passphrase_prompt(server: Server) -> None:
    encrypted = Path(server.key).with_name("encrypted.key")
    made = subprocess.run(
        ["openssl", "rsa", "-aes256", "-passout", "pass:x", "-in", server.key, "-out", str(encrypted)],
        capture_output=True,
    )
    if made.returncode:
        made = subprocess.run(
            ["openssl", "ec", "-aes256", "-passout", "pass:x", "-in", server.key, "-out", str(encrypted)],
            capture_output=True,
        )
    assert made.returncode == 0, made.stderr
    encrypted.chmod(stat.S_IRUSR)
    with pytest.raises(ConfigError, match="encrypted"):
        tls_context(Settings(cert=server.cert, key=str(encrypted)))
