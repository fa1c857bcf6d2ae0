"""Does the backend still answer after the load? One that does, one that fails, and one that is frozen."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from reznet_load.core.settings.settings import Settings
from reznet_load.deployment import afterwards
from tests.deployment.test_preflight import AGENTS, server


def test_a_backend_that_answers_is_reported_as_answering() -> None:
    with server({"/api/health": (200, {"status": "healthy"}), "/api/agents": (200, AGENTS)}) as url:
        found = afterwards.look(Settings(host=url), "v1")
    assert found.caution is None and found.text.startswith("the backend answers: GET /api/health answered in ")


def test_a_failing_backend_is_a_caution_with_its_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(afterwards, "_WITHIN", 1.0)
    with server({"/api/health": (200, {}), "/api/agents": (500, b"boom")}) as url:
        found = afterwards.look(Settings(host=url), "v1")
    assert found.caution is not None and "GET /api/agents answered 500" in found.caution.text


@contextmanager
def frozen() -> Iterator[str]:
    """A server that accepts connections and sends nothing, like a backend whose loop is blocked."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        kept: list[socket.socket] = []

        def accept() -> None:
            while True:
                try:
                    kept.append(listening.accept()[0])
                except OSError:
                    return

        threading.Thread(target=accept, daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        listening.shutdown(socket.SHUT_RDWR)
        for one in kept:
            one.close()


def test_a_frozen_backend_is_detected_within_the_time_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(afterwards, "_TIMEOUT", 0.3)
    monkeypatch.setattr(afterwards, "_WITHIN", 2.0)
    with frozen() as url:
        began = time.monotonic()
        found = afterwards.look(Settings(host=url), "v1")
    assert time.monotonic() - began < 3.5
    assert found.caution is not None and found.caution.id == "silent_afterwards" and "no answer within" in found.text


def test_a_deployment_of_unknown_dialect_is_not_asked() -> None:
    assert afterwards.look(Settings(host="http://127.0.0.1:1"), "").text.startswith("not checked: ")
