"""With `--proxy` every client of the deployment uses it; without, the environment's proxies are ignored.

Only the proxy can resolve the deployment's name: a client that does not use it fails.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from reznet_load.chat.dialect import Request
from reznet_load.core.errors import ConfigError, ProxyError, TargetError
from reznet_load.core.rows import GET_AGENTS
from reznet_load.core.settings.settings import Settings, Timeouts
from reznet_load.deployment import http_question
from reznet_load.deployment.addresses import check_host, check_urls
from reznet_load.deployment.api import Api
from reznet_load.deployment.blocking_session import BlockingSession, BlockingSessionError
from reznet_load.deployment.connections.way import connect
from reznet_load.deployment.prepare import way_note
from reznet_load.probes.prometheus import MetricsPage
from reznet_load.suite.record import Record
from reznet_load.suite.timed_calls import Browser
from tests.deployment.small_proxy import SmallProxy, small_proxy
from tests.load.test_record import run as in_a_process

NAME = "backend.invalid"  # by RFC 6761 no resolver knows it
PAGE = b"process_cpu_seconds_total 1\nprocess_open_fds 2\n"


class Answering(BaseHTTPRequestHandler):
    """A list for each path, a metrics page, and 404 for a WebSocket."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = PAGE if self.path == "/metrics" else b"[]"
        self.send_response(404 if "socket.io" in self.path else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing on the console."""


@pytest.fixture
def port() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def proxy() -> Iterator[SmallProxy]:
    with small_proxy() as running:
        yield running


def settings_of(port: int, proxy: str) -> Settings:
    host = f"http://{NAME}:{port}"
    return Settings(host=host, prometheus=f"{host}/metrics", proxy=proxy, timeouts=Timeouts(connect=3, request=3))


def by_api(settings: Settings) -> None:
    assert Api(settings).call("GET", "/api/agents").body == []


def by_browser(settings: Settings) -> None:
    browser = Browser(settings, {}, record := Record())
    assert browser.get("/api/agents", GET_AGENTS, list) == []
    assert browser.get("/api/agents", GET_AGENTS, list) == []
    browser.close()
    assert not [name for name in record.take()[1] if "error" in name]


def by_question(settings: Settings) -> None:
    heard: list[bytes] = []
    until = time.perf_counter() + 3

    def hear(data: bytes, at: float) -> bool:
        heard.append(data)
        return b"[]" not in data

    http_question.put(settings, Request("GET", "/api/agents"), {}, hear, until)
    assert b"[]" in b"".join(heard)


def by_socket(settings: Settings) -> None:
    with pytest.raises(BlockingSessionError, match="upgrade refused: HTTP 404"):
        BlockingSession(settings, {}).open()


def by_probe(settings: Settings) -> None:
    assert MetricsPage(settings, None).open()["process_open_fds"] == 2  # type: ignore[arg-type]


CLIENTS = [by_api, by_browser, by_question, by_socket, by_probe]


@pytest.mark.parametrize("client", CLIENTS)
def test_every_client_of_the_deployment_goes_through_it(
    client: Callable[[Settings], None], port: int, proxy: SmallProxy
) -> None:
    client(settings_of(port, proxy.url))
    assert set(proxy.asked) == {f"{NAME}:{port}"} and not proxy.heard


USERS = """
import json, os
from locust.env import Environment
from reznet_load.core.rows import ARRIVALS, GET_AGENTS
from reznet_load.core.settings.arrivals import Arrivals
from reznet_load.core.settings.settings import Settings, Timeouts
from reznet_load.core.system import clock
from reznet_load.load.arrivals import OpenArrivals
from reznet_load.load.record import Recorder
from reznet_load.load.sockets.session import SessionError
from reznet_load.load.user_context import UserContext
from reznet_load.load.workers.accounts import AccountPool
from reznet_load.users import RestUser

environment = Environment(host={host!r})
environment.create_local_runner()
recorder = Recorder(environment)
settings = Settings(host={host!r}, proxy={proxy!r}, arrivals=Arrivals(1.0), timeouts=Timeouts(connect=3, request=3))
environment.reznet = context = UserContext(settings, recorder, None, None, None, AccountPool(), None, None)
RestUser.host = settings.host
user = RestUser(environment)
found = user.fetch("/api/agents", GET_AGENTS, list)
OpenArrivals(environment, context)._call("/api/agents", ARRIVALS.of(GET_AGENTS.name), clock.now())
try:
    user.session.open()
    refused = ""
except SessionError as error:
    refused = str(error)
names = [one["text"] for one in recorder.take()[1] if "error" in one]
print(json.dumps([found, refused, names]), flush=True)
os._exit(0)
"""


def as_users(host: str, proxy: str) -> list:
    return json.loads(in_a_process(USERS.replace("{host!r}", repr(host)).replace("{proxy!r}", repr(proxy))))


def test_users_arrivals_and_their_sockets_go_through_it(port: int, proxy: SmallProxy) -> None:
    found, refused, names = as_users(f"http://{NAME}:{port}", proxy.url)
    assert found == [] and refused == "upgrade refused: HTTP 404" and not names
    assert proxy.asked == [f"{NAME}:{port}"] * 3 and not proxy.heard


def test_a_proxy_that_refuses_is_named_in_every_failure(port: int) -> None:
    with small_proxy(answer=b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n") as proxy:
        found, refused, names = as_users(f"http://{NAME}:{port}", f"http://user:a-long-password@127.0.0.1:{proxy.port}")
        said = f"connect failed: proxy http://user:***@127.0.0.1:{proxy.port}: HTTP 403 in answer to CONNECT"
        assert found is None and refused.startswith(said)
        assert len(names) == 1 and names[0].startswith(said)
        with pytest.raises(
            TargetError, match="HTTP 403 in answer to CONNECT; its rules do not allow that host and port"
        ):
            Api(settings_of(port, proxy.url)).call("GET", "/")


def test_user_and_password_are_sent_only_to_the_proxy(port: int) -> None:
    with small_proxy(account="user:pass@word/1") as proxy:
        url = f"http://user:pass%40word%2F1@127.0.0.1:{proxy.port}"
        by_api(settings_of(port, url))
        with pytest.raises(TargetError, match="HTTP 407 in answer to CONNECT; it requires a user and a password"):
            by_api(settings_of(port, proxy.url))


@pytest.mark.parametrize(
    "answer", [b"SSH-2.0-OpenSSH\r\n\r\n", b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 20_000, b"HTTP/1.1 2"]
)
def test_an_invalid_proxy_answer_ends_in_time(answer: bytes, port: int) -> None:
    began = time.monotonic()
    with small_proxy(answer=answer) as proxy, pytest.raises(ProxyError, match="in answer to CONNECT"):
        connect(NAME, port, 2.0, proxy.url)
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"])
def test_proxies_of_the_environment_are_not_used(
    name: str, client: Callable[[Settings], None], port: int, proxy: SmallProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, proxy.url)
    here = f"http://127.0.0.1:{port}"
    client(replace(settings_of(port, ""), host=here, prometheus=f"{here}/metrics"))
    assert not proxy.asked and not proxy.heard


def test_the_report_names_the_proxy_that_was_used() -> None:
    ambient = {"HTTP_PROXY": "http://u:another-password@10.0.0.1:3128", "no_proxy": "localhost"}
    through = way_note(Settings(proxy="http://user:a-long-password@10.0.0.2:3128"), ambient)
    assert (
        through
        == "every call and socket to the deployment went through the proxy http://user:***@10.0.0.2:3128 (CONNECT)"
    )
    assert way_note(Settings(), ambient) == "HTTP_PROXY of the environment was not used for the deployment"
    assert way_note(Settings(), {"no_proxy": "localhost"}) == ""


def test_a_malformed_proxy_is_described_and_not_quoted() -> None:
    for url in ("socks5://user:wonderful-word@10.0.0.1:1080", "http://user:wonder@ful-word@10.0.0.1", "10.0.0.1:3128"):
        with pytest.raises(ConfigError, match=r"^--proxy: .*expected a URL like http://127\.0\.0\.1:3128") as error:
            check_urls(Settings(proxy=url))
        with pytest.raises(ConfigError, match=r"^--proxy: "):
            check_host(Settings(host="http://127.0.0.1:1", proxy=url))
        assert "wonder" not in str(error.value)


def test_a_name_that_only_the_proxy_knows_is_allowed_by_its_name(proxy: SmallProxy) -> None:
    settings = settings_of(80, proxy.url)
    with pytest.raises(TargetError, match=f"if only the proxy knows it, add --allow-host {NAME}"):
        check_host(settings)
    check_host(replace(settings, allow_host=(NAME,)))
