"""A deployment that limits its callers is waited for, as long as it asks but within bounds, and that is printed once."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise

import pytest

from reznet_load.core.errors import TargetError
from reznet_load.core.settings.settings import Settings
from reznet_load.core.text.retry_after import seconds_in
from reznet_load.deployment import api as module
from reznet_load.deployment.api import Api
from reznet_load.deployment.channels import make
from reznet_load.dialects.every import DEFAULT

Answers = list[tuple[int, dict[str, str]]]


@contextmanager
def serving(answers: Answers) -> Iterator[tuple[str, list[float]]]:
    """A server that gives `answers` one after another and then repeats the last; also the times of requests."""
    asked: list[float] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(time.monotonic())
            status, headers = answers[min(len(asked), len(answers)) - 1]
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            body = b'{"id": "made", "name": "reznet-load-run-00001"}'
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def made(host: str, patient: bool = True) -> str:
    return make(Api(Settings(host=host), patient=patient), "run", 1, 0.0, DEFAULT)


@pytest.mark.parametrize(("status", "after", "least"), [(429, "0.3", 0.3), (503, "0.2", 0.2), (429, "", 0.5)])
def test_retry_after_of_the_deployment_is_obeyed(
    status: int, after: str, least: float, capsys: pytest.CaptureFixture[str]
) -> None:
    module._said.clear()
    refused = (status, {"Retry-After": after} if after else {})
    with serving([refused, refused, (201, {})]) as (host, asked):
        assert made(host) == "made" and len(asked) == 3
        assert all(later - earlier >= least for earlier, later in pairwise(asked))
        made(host)
    assert capsys.readouterr().err.count(f"answered {status}") == 1


def test_waiting_for_the_deployment_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_WAIT_SECONDS", 0.5)
    with serving([(429, {"Retry-After": "0.2"})]) as (host, asked):
        with pytest.raises(TargetError, match="429"):
            made(host)
        assert len(asked) == 3  # at once, after 0.2 s, after 0.4 s
    with serving([(429, {"Retry-After": "3600"})]) as (host, asked):
        with pytest.raises(TargetError, match="429"):
            made(host)
        assert len(asked) <= 2


@pytest.mark.parametrize(("status", "patient"), [(429, False), (500, True), (503, True)])
def test_a_herd_and_an_error_are_not_waited_for(status: int, patient: bool) -> None:
    with serving([(status, {})]) as (host, asked):
        with pytest.raises(TargetError, match=str(status)):
            made(host, patient)
        assert len(asked) == 1


@pytest.mark.parametrize(
    ("text", "seconds"), [("2", 2.0), ("0.5", 0.5), ("99", 30.0), ("-3", 0.0), ("nan", 0.0), ("soon", 0.0), ("", 0.0)]
)
def test_retry_after_is_read_as_the_standard_has_it(text: str, seconds: float) -> None:
    assert seconds_in(text, 30.0) == seconds
    assert 0 <= seconds_in("Sun, 06 Nov 1994 08:49:37 GMT", 30.0) <= 30.0
