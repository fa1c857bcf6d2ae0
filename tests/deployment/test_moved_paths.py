"""A redirect is followed only within the same host, for every kind of call."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from reznet_load.core.errors import TargetError
from reznet_load.core.settings.settings import Settings
from reznet_load.deployment.preflight import inspect
from reznet_load.probes.probe import ProbeError
from reznet_load.probes.prometheus import MetricsPage

ID = "11111111-2222-3333-4444-555555555555"
LISTS = {
    "/api/health": {"status": "healthy"},
    "/api/agents": [{"id": ID, "name": "@a"}],
    "/api/channels": [{"id": ID, "name": "general"}],
}


@contextmanager
def serving(leads: Callable[[str, str], str | None]) -> Iterator[tuple[str, list[tuple[str, str | None]]]]:
    """A backend that redirects to what `leads(path, own host)` gives; what it was asked, with the key."""
    asked: list[tuple[str, str | None]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append((self.path, self.headers.get("X-Api-Key")))
            to = leads(self.path, f"http://127.0.0.1:{self.server.server_address[1]}")
            body = json.dumps(LISTS.get(self.path.partition("?")[0].rstrip("/"), {"id": ID})).encode()
            self.send_response(307 if to else 404 if self.path == "/health" else 200)
            if to:
                self.send_header("Location", to)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def nowhere(path: str, host: str) -> None:
    """No redirect."""


def settings(host: str) -> Settings:
    return Settings(host=host, headers={"X-Api-Key": "a-key-of-a-test-account"})


def test_redirects_of_the_same_origin_become_the_paths_of_the_run() -> None:
    def slash(path: str, host: str) -> str | None:
        bare, _, query = path.partition("?")
        return (
            f"{host}{bare}/{'?' + query if query else ''}" if not bare.endswith("/") and "health" not in bare else None
        )

    with serving(slash) as (host, asked):
        found = inspect(settings(host))
    paths = found.speaks.paths
    assert paths.agents == "/api/agents/?active_only=true"
    assert paths.channels == "/api/channels/"
    assert paths.agent == "/api/agents/{id}/"
    assert paths.messages == "/api/channels/{id}/messages/?limit={limit}&offset=0"
    assert found.moved.keys() == {"agents", "channels", "agent", "channel", "messages"}
    assert len(asked) < 25


@pytest.mark.parametrize("which", ["/api/health", "/api/agents", "/api/channels"])
def test_a_list_redirected_to_another_host_ends_the_run_without_contacting_it(which: str) -> None:
    with serving(nowhere) as (other, theirs):

        def away(path: str, host: str) -> str | None:
            return other + path if path.startswith(which) else None

        with serving(away) as (host, _), pytest.raises(TargetError) as error:
            inspect(settings(host))
    assert not theirs
    assert f"redirect to {other}{which}, another host" in str(error.value) and f"HOST={other}" in str(error.value)


def test_a_host_is_offered_only_where_nothing_but_scheme_or_host_differ() -> None:
    with (
        serving(lambda path, host: "https://login.example/sign-in?next=/x") as (host, _),
        pytest.raises(TargetError) as error,
    ):
        inspect(settings(host))
    assert "HTTP 307, redirect to https://login.example/sign-in, another host" in str(error.value)
    assert "HOST=" not in str(error.value)


ITEMS = [f"/api/agents/{ID}", f"/api/channels/{ID}", f"/api/channels/{ID}/messages"]


@pytest.mark.parametrize("which", ITEMS)
def test_an_item_redirected_to_another_host_ends_the_run_without_contacting_it(which: str) -> None:
    with serving(nowhere) as (other, theirs):

        def away(path: str, host: str) -> str | None:
            return other + path if path.partition("?")[0] == which else None

        with serving(away) as (host, _), pytest.raises(TargetError, match="another host") as error:
            inspect(settings(host))
    shown = which.replace(ID, "{id}")
    assert not theirs and f"redirect to {other}{shown}, another host" in str(error.value)
    assert f"HOST={other}" in str(error.value)


@pytest.mark.parametrize("which", ITEMS)
def test_an_item_redirected_in_a_circle_ends_the_run(which: str) -> None:
    def around(path: str, host: str) -> str | None:
        return path if path.partition("?")[0] == which else None

    with serving(around) as (host, _), pytest.raises(TargetError, match="a redirect loop"):
        inspect(settings(host))


@pytest.mark.parametrize("page", ["", "/not-found"])
def test_without_channels_an_id_that_does_not_exist_is_requested(page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LISTS, "/api/channels", [])
    with serving(nowhere) as (other, theirs):

        def away(path: str, host: str) -> str | None:
            return other + (page or path) if path.startswith("/api/channels/") else None

        with serving(away) as (host, _):
            if page:
                assert not inspect(settings(host)).moved
            else:
                with pytest.raises(TargetError, match="another host"):
                    inspect(settings(host))
    assert not theirs


def test_a_circle_ends() -> None:
    with serving(lambda path, host: path) as (host, asked), pytest.raises(TargetError, match="a redirect loop"):
        inspect(settings(host))
    assert len(asked) == 1


def test_the_metrics_page_is_not_looked_for_elsewhere() -> None:
    with serving(nowhere) as (other, theirs), serving(lambda path, host: other + path) as (host, _):
        page = MetricsPage(Settings(host=host, prometheus=f"{host}/metrics"), None)  # type: ignore[arg-type]
        with pytest.raises(ProbeError, match=r"HTTP 307, redirect to .*not followed"):
            page.open()
    assert not theirs
