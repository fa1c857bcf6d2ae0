"""Providers asked through their SDKs: at the simulator, and at servers that fail in every way with a name."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict

import pytest

from reznet_load.core.settings import Settings
from reznet_load.probes.llm import LlmProbe
from reznet_load.probes.probe import Notes, ProbeError
from reznet_load.probes.providers import CLIENTS, ProviderFailure, ask
from reznet_load.target.options import Stream
from reznet_load.target.services import free_port
from tests.probes.test_postgres import seen


@contextmanager
def simulator(*faults: str) -> Iterator[str]:
    """Its URL."""
    port = free_port()
    stream = asdict(Stream(first_token=0.05, gap=0.004, length=10, faults=faults))
    child = subprocess.Popen([sys.executable, "-m", "reznet_load.target.simulate", str(port), json.dumps(stream)])
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 20
        while True:
            try:
                urllib.request.urlopen(f"{url}/health", timeout=1).close()
                break
            except OSError:
                assert time.monotonic() < deadline
                time.sleep(0.05)
        yield url
    finally:
        child.terminate()
        child.wait(10)


@pytest.fixture(scope="module")
def healthy() -> Iterator[str]:
    with simulator() as url:
        yield url


@pytest.mark.parametrize(("name", "path"), [("anthropic", ""), ("openai", "/v1")])
def test_a_reply_is_timed_in_its_parts(healthy: str, name: str, path: str) -> None:
    reply = ask(CLIENTS[name](healthy + path, "simulated", "m"))
    assert reply.first_byte is not None and reply.first_text is not None
    assert 0 < reply.first_byte <= reply.first_text < reply.total and reply.first_text > 0.02
    assert reply.tokens_out == len(reply.gaps) + 1 and reply.tokens_in > 0


@pytest.mark.parametrize(
    ("fault", "text", "wait"),
    [("rate-limited", "rate limited (429)", 1.0), ("overloaded", "overloaded (529)", 1.0)],
)
def test_refusals_have_names_and_say_how_long_to_wait(fault: str, text: str, wait: float) -> None:
    with simulator(fault) as url:
        client, failures = CLIENTS["anthropic"](url, "simulated", "m"), []
        for _ in range(5):
            try:
                ask(client)
            except ProviderFailure as failure:
                failures.append((str(failure), failure.wait))
    assert failures == [(text, wait)]


@pytest.mark.parametrize(
    ("head", "text"),
    [
        (b"", "no connection"),
        (b"HTTP/1.1 503 Busy\r\nContent-Length: 2\r\n\r\n{}", "HTTP 503"),
        (b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 9999\r\n\r\n"
         b'event: message_start\ndata: {"type":"message_start","message":{"id":"m","type":"message","role":"assistant",'
         b'"model":"m","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":1}}}\n\n',
         "disconnected in mid-stream"),
    ],
)  # fmt: skip
def test_a_broken_provider_has_a_name(head: bytes, text: str) -> None:
    server = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        connection, _ = server.accept()
        connection.recv(65_536)
        connection.sendall(head)
        connection.close()

    thread = threading.Thread(target=answer)
    thread.start()
    with pytest.raises(ProviderFailure, match=text.replace("(", r"\(")):
        ask(CLIENTS["anthropic"](f"http://127.0.0.1:{server.getsockname()[1]}", "k", "m"))
    thread.join(5)
    server.close()


def test_the_probe_counts_tokens_and_stops_at_its_number(healthy: str) -> None:
    notes = Notes()
    settings = Settings(providers={"anthropic": {"base_url": healthy, "model": "m", "simulated": "yes"}})
    probe = LlmProbe(settings, 60.0, notes)
    assert probe.open()["anthropic"]["cold_first_byte_ms"] > 0
    probe._left["anthropic"] = 2
    (task,) = probe.tasks()
    for _ in range(4):
        task.act(time.time())
    values = seen(notes)
    assert len(values["anthropic first byte"]) == len(values["anthropic reply"]) == 2
    assert probe.close()["anthropic"]["tokens_out"] == len(values["anthropic gap"]) + 2


def test_without_a_key_the_reason_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    with pytest.raises(ProbeError, match="ANTHROPIC_API_KEY is not set"):
        LlmProbe(Settings(providers={"anthropic": {"model": "m"}}), 60.0, Notes()).open()
