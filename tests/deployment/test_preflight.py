"""Questions before the first user, to real HTTP servers on loopback that answer like deployments."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from reznet_load.core.errors import ConfigError, TargetError
from reznet_load.core.settings.settings import Settings
from reznet_load.deployment.addresses import check_host, check_urls
from reznet_load.deployment.api import Api
from reznet_load.deployment.channels import listed
from reznet_load.deployment.preflight import inspect
from reznet_load.deployment.streams.recognise import generation
from reznet_load.dialects.every import DEFAULT

AGENTS = [{"id": "1", "name": "@backend"}]


@contextmanager
def server(answers: dict[str, tuple[int, object]], token: str = "") -> Iterator[str]:
    """A deployment that answers `answers[path]`, 404 elsewhere, 401 without its token; its URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = answers.get(self.path.partition("?")[0], (404, {"detail": "Not Found"}))
            if token and self.headers.get("Authorization") != f"Bearer {token}":
                status, body = 401, {"detail": "no"}
            raw = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            if status == 302:
                self.send_header("Location", "http://192.0.2.1/")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=http.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{http.server_port}"
    finally:
        http.shutdown()
        thread.join()
        http.server_close()


def test_an_answer_that_never_ends_has_a_deadline() -> None:
    class Drip(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            try:
                for _ in range(400):
                    self.wfile.write(b" ")
                    time.sleep(0.05)
            except OSError:
                pass

        def log_message(self, *_: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Drip)
    http.daemon_threads = True
    thread = threading.Thread(target=http.serve_forever, args=(0.02,))
    thread.start()
    try:
        with pytest.raises(TargetError, match=r"did not end|in time"):
            Api(Settings(host=f"http://127.0.0.1:{http.server_port}"), timeout=0.3).call("GET", "/")
    finally:
        http.shutdown()
        thread.join()
        http.server_close()


@pytest.mark.parametrize(
    ("host", "says"), [("http://u:p@127.0.0.1", "--header"), ("http://[::1", "http://[::1]:8000"), (" ", "URL")]
)
def test_invalid_hosts_are_refused(host: str, says: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(says)):
        check_host(Settings(host=host))


def test_an_invalid_host_variable_is_named_in_the_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOST", "my-laptop")  # some shells export the machine's name
    with pytest.raises(ConfigError, match=r"^\$HOST: .*expected a URL like http://127\.0\.0\.1:8000"):
        check_host(Settings(host="my-laptop"))
    with pytest.raises(ConfigError, match=r"^HOST: "):
        check_host(Settings(host="another-word"))


def test_a_list_of_nine_megabytes_is_read_and_one_of_seventeen_is_refused_by_its_size() -> None:
    health = {"/api/health": (200, {"status": "healthy"}), "/api/channels": (200, [])}
    for megabytes, known in ((9, True), (17, False)):
        agents = [{"id": str(n), "name": f"@a{n}", "persona": "x" * (1 << 20)} for n in range(megabytes)]
        with server(health | {"/api/agents": (200, agents)}) as host:
            if known:
                assert len(inspect(Settings(host=host)).agents) == megabytes
            else:
                with pytest.raises(TargetError, match="body over 16 MB"):
                    inspect(Settings(host=host))


@pytest.mark.parametrize("name", ["a..b", "a" * 64 + ".test"])
def test_a_name_that_dns_cannot_have_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="characters that a host name cannot have"):
        check_host(Settings(host=f"http://{name}:8000"))
    with pytest.raises(ConfigError, match=r"DATABASE_URL: .* expected a URL like"):
        check_urls(Settings(database_url=f"postgresql://u@{name}/reznet"))
    with pytest.raises(ConfigError, match=r"REDIS_URL: .* expected a URL like"):
        check_urls(Settings(redis_url=f"redis://{name}:6379/0"))


def test_servers_behind_addresses_sockets_and_several_names_are_well_formed() -> None:
    for url in ("postgresql://[::1]/x", "postgresql:///x?host=/run/postgresql", "postgresql://a,b/x", "dbname=x"):
        check_urls(Settings(database_url=url))
    for url in ("redis://[::1]/0", "unix:///run/redis.sock", "rediss://cache.test"):
        check_urls(Settings(redis_url=url))


def test_an_answer_nested_without_end_is_no_json() -> None:
    with server({"/deep": (200, b"[" * 200_000)}) as url:
        assert Api(Settings(host=url)).call("GET", "/deep").body is None


V1 = {"/api/health": (200, {"status": "healthy"}), "/api/agents": (200, AGENTS)}


@pytest.mark.parametrize(("path", "dialect"), [("/api/health", "v1"), ("/health", "v2")])
def test_the_dialect_is_found_by_its_health_path(path: str, dialect: str) -> None:
    with server({path: (200, {"status": "ok", "commit": "abc"}), "/api/agents": (200, AGENTS)}) as url:
        found = inspect(Settings(host=url))
    assert (found.dialect, found.agents, found.commit) == (dialect, ("@backend",), "abc")
    assert found.one_at_a_time is None and not found.simulated


def test_a_configuration_call_that_fails_is_the_deployments_fault_not_the_runs() -> None:
    with server(V1 | {"/api/llm-config": (500, b"boom")}) as url:
        assert inspect(Settings(host=url)).provider == ""


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ({}, r"answers, but not as a backend .*asked: /api/health, /health.* --dialect"),
        ({"/api/health": (503, {})}, "503"),
        ({"/api/health": (302, {})}, "302"),
        ({"/api/health": (200, {})}, "/api/agents answered 404"),
        ({"/api/health": (200, {}), "/api/agents": (200, b"<html>")}, "expected a list of agents"),
    ],
)
def test_an_unhealthy_backend_is_reported_with_its_answer(answers: dict, says: str) -> None:
    with server(answers) as url, pytest.raises(TargetError, match=says):
        inspect(Settings(host=url))


def test_an_address_with_a_path_of_the_api_is_asked_about() -> None:
    with server({}) as url, pytest.raises(TargetError, match=rf"Is {url}, without a path, its address\?"):
        inspect(Settings(host=f"{url}/api"))


def test_set_up_and_clean_up_call_as_the_first_account(tmp_path: Path) -> None:
    """Otherwise a deployment behind a login refuses the channels of its users, although each user has an account."""
    accounts = tmp_path / "accounts.jsonl"
    accounts.write_text(
        '{"headers": {"Authorization": "Bearer of-the-first"}}\n{"headers": {"Authorization": "Bearer second"}}\n'
    )
    with server(V1 | {"/api/channels": (200, [])}, token="of-the-first") as url:
        settings = Settings(host=url, accounts=str(accounts))
        assert listed(Api(settings), DEFAULT) == [] and generation(settings) == DEFAULT
        assert Api(settings, account={}).call("GET", "/api/channels").status == 401


def test_credentials_are_asked_for_by_the_options_that_give_them() -> None:
    with server(V1, token="tok-12345") as url:
        with pytest.raises(TargetError, match="--header"):
            inspect(Settings(host=url))
        assert inspect(Settings(host=url, headers={"Authorization": "Bearer tok-12345"})).dialect == "v1"
        assert inspect(Settings(host=url), {"headers": {"Authorization": "Bearer tok-12345"}}).dialect == "v1"


def test_a_closed_port_is_reported_with_what_to_do() -> None:
    with server({}) as url:
        pass
    with pytest.raises(TargetError, match="is the backend running"):
        Api(Settings(host=url)).call("GET", "/")


@pytest.mark.parametrize("host", ["", "127.0.0.1:8000", "ftp://127.0.0.1", "http://", "http://h:port", "http://h/?x=1"])
def test_a_host_that_is_no_url_is_refused_with_the_right_form(host: str) -> None:
    with pytest.raises(ConfigError, match=r"http://127\.0\.0\.1:8000"):
        check_host(Settings(host=host))


@pytest.mark.parametrize("host", ["http://127.0.0.1:1", "http://10.0.0.5", "http://[::1]:8000", "https://192.168.1.2"])
def test_loopback_and_private_hosts_may_be_loaded(host: str) -> None:
    check_host(Settings(host=host))


def test_a_public_host_needs_to_be_named() -> None:
    settings = Settings(host="http://8.8.8.8:8000")
    with pytest.raises(ConfigError, match=r"--allow-host 8\.8\.8\.8"):
        check_host(settings)
    check_host(replace(settings, allow_host=("8.8.8.8",)))
