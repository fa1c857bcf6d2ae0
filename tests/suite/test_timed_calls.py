"""The suite's browser against a server of this test: answers timed, a refusal named."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from reznet_load.core.rows import GET_AGENTS
from reznet_load.core.settings.settings import Settings
from reznet_load.suite.record import Record
from reznet_load.suite.timed_calls import Browser


class Answering(BaseHTTPRequestHandler):
    """Agents, and 503 for everything else."""

    def do_GET(self) -> None:
        found = self.path == "/api/agents"
        body = b"[]" if found else b"no"
        self.send_response(200 if found else 503)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing on the console."""


@pytest.fixture
def host() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_call_is_timed_and_a_refusal_is_a_failure_by_its_status(host: str) -> None:
    record = Record()
    browser = Browser(replace(Settings(), host=host), {}, record)
    assert browser.get("/api/agents", GET_AGENTS, list) == []
    assert browser.get("/gone", GET_AGENTS, list) is None
    browser.close()
    _, names = record.take()
    assert [name["text"] for name in names if "error" in name] == ["HTTP 503"]
