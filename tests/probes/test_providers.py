"""Providers asked through their SDKs: at the simulator, and at servers that fail in every way with a name."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import httpx2
import openai
import pytest

from reznet_load.core.profile import Phase
from reznet_load.core.settings.settings import Settings
from reznet_load.core.system.machine import free_port
from reznet_load.probes.llm import LlmProbe, _questions
from reznet_load.probes.probe import Notes, ProbeError, Task
from reznet_load.probes.provider_refusals import wait_of
from reznet_load.probes.providers import CLIENTS, ProviderFailure, ask
from reznet_load.target.stream_options import Stream
from tests import builders
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


@pytest.fixture(scope="module")
def failing() -> Iterator[str]:
    """A simulator that refuses, stalls and breaks off: each fault occurs on every fifth call."""
    with simulator("rate-limited", "overloaded", "stall", "disconnected", "error-in-stream") as url:
        yield url


@pytest.mark.parametrize(("name", "path"), [("anthropic", ""), ("openai", "/v1")])
def test_each_failure_has_its_name_through_the_sdk_and_a_refusal_says_how_long_to_wait(
    failing: str, name: str, path: str
) -> None:
    client, failures = CLIENTS[name](failing + path, "simulated", "m", timeout=0.3), {}
    for _ in range(25):
        try:
            ask(client)
        except ProviderFailure as failure:
            failures.setdefault(str(failure), []).append(failure)
    in_stream = "overloaded (529)" if name == "anthropic" else "error in stream"  # the event says which
    assert set(failures) == {
        "rate limited (429)", "overloaded (529)", "time-out", "disconnected in mid-stream", in_stream
    }  # fmt: skip
    assert {failure.wait for failure in failures["rate limited (429)"]} == {1.0}
    broken = failures["disconnected in mid-stream"][0].reply
    assert broken.tokens_in > 0 and 0 < broken.tokens_out < 40  # paid for, although the provider sent no count


@pytest.mark.parametrize(
    ("header", "least", "most"),
    [("7", 7, 7), ("0.25", 0.25, 0.25), ("999", 60, 60), ("-3", 0, 0), ("soon", 0, 0), (None, 0, 0),
     ("Fri, 31 Dec 2099 23:59:59 GMT", 60, 60), ("Sun, 06 Nov 1994 08:49:37 GMT", 0, 0)],
)  # fmt: skip
def test_retry_after_is_seconds_or_a_date(header: str | None, least: float, most: float) -> None:
    headers = {} if header is None else {"retry-after": header}
    response = httpx2.Response(429, headers=headers, request=httpx2.Request("POST", "http://p/"))
    assert least <= wait_of(openai.RateLimitError("slow down", response=response, body=None)) <= most


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


def probe(url: str, notes: Notes, seconds: float = 60.0, **more: object) -> LlmProbe:
    """A probe of Anthropic's simulator in a run whose judged phase begins now."""
    providers = {"anthropic": {"base_url": url, "model": "m", "simulated": "yes"}}
    run = builders.info(origin=time.time(), phases=(Phase("steady", time.time(), time.time() + seconds, 5, True),))
    return LlmProbe(Settings(**({"providers": providers} | more)), lambda: run, notes, Path())  # type: ignore[arg-type]


def let_run(tasks: list[Task], until: Callable[[], bool]) -> None:
    """The tasks in turn, as their threads would do them."""
    deadline = time.monotonic() + 20
    while not until():
        assert time.monotonic() < deadline
        for task in tasks:
            task.act(time.time())
        time.sleep(0.01)


def test_the_probe_counts_tokens_and_asks_as_often_as_planned(healthy: str) -> None:
    notes = Notes()
    asked = probe(healthy, notes, seconds=2.0, networks=("same-region",))
    assert asked.open()["anthropic"]["cold_first_byte_ms"] > 0
    direct, far = (questions for _, questions in asked._routes)
    let_run(asked.tasks(), lambda: far.planned and not direct._times and not far._times)
    values, facts = seen(notes), asked.close()["anthropic"]
    assert 8 <= len(values["anthropic first byte"]) == len(values["anthropic reply"]) <= 40
    assert 4 <= len(values["anthropic first byte, simulated network same-region"]) <= 10
    assert facts["asked"] == len(values["anthropic first byte"]) + 1
    assert facts["tokens_out"] >= len(values["anthropic gap"]) + len(values["anthropic reply"])
    assert facts["networks"]["same-region"]["asked"] >= 5 and facts["networks"]["same-region"]["cold_total_ms"] > 0


def test_five_questions_with_a_real_key_spread_over_the_judged_phases() -> None:
    phases = (Phase("step 1", 100, 130, 5, True), Phase("step 2", 200, 220, 9, True))
    for _ in range(20):
        real = _questions(simulated=False, network="")
        real.plan(phases, 0.0)
        times = list(real._times)
        assert len(times) == 5 and all(any(p.start <= at < p.end for p in phases) for at in times)
        assert sum(at < 130 for at in times) == 3


def test_a_simulator_is_asked_enough_for_a_verdict_in_each_judged_phase() -> None:
    phases = (Phase("expected 50", 100, 160, 50, True), Phase("recovery", 200, 300, 50, True))
    simulated = _questions(simulated=True, network="")
    simulated.plan(phases, 0.0)
    times = list(simulated._times)
    assert [sum(phase.start <= at < phase.end for at in times) for phase in phases] == [40, 40]
    assert times == sorted(times)


def test_no_question_comes_before_retry_after() -> None:
    """Every fifth question is refused for a second; the next one waits for it, and no longer."""
    with simulator("rate-limited") as url:
        asked = probe(url, Notes(), seconds=3.0)
        asked.open()
        ((route, _),) = asked._routes
        let_run(asked.tasks(), lambda: asked._not_before.get("anthropic", 0.0) > time.time())
        refused, free = route.facts()["asked"], asked._not_before["anthropic"]
        let_run(asked.tasks(), lambda: route.facts()["asked"] > refused)
        assert refused == 5 and time.time() >= free
        asked.close()


def test_without_a_key_the_reason_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    with pytest.raises(ProbeError, match="ANTHROPIC_API_KEY is not set"):
        LlmProbe(Settings(providers={"anthropic": {"model": "m"}}), builders.info, Notes(), Path()).open()
