"""Our session with two servers, and next to three clients, that others wrote: all receive the same conversation."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

CLIENTS = Path(__file__).resolve().parent / "clients.py"
REFERENCE = "websocket_client"
seen: dict[tuple[int, str], dict[str, Any]] = {}


def talk(port: int, kind: str) -> dict[str, Any]:
    """What a client saw; each talks to each server once."""
    if (port, kind) not in seen:
        command = [sys.executable, str(CLIENTS), kind, str(port)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30)
        assert done.returncode == 0, done.stderr
        seen[port, kind] = json.loads(done.stdout)
    return seen[port, kind]


def test_the_reference_client_receives_the_whole_conversation(server: int) -> None:
    events = talk(server, REFERENCE)["events"]
    names = ["message_new", *["message_stream"] * 5, "message_new", "pong", "error", "closed"]
    assert [name for name, _ in events] == names
    assert events[6][1]["content"] == "word " * 400 and events[7][1] == {"timestamp": 7}


@pytest.mark.parametrize("kind", ["websockets", "python_socketio", "ours", "ours_plain"])
def test_every_client_receives_the_same_events(server: int, kind: str) -> None:
    assert talk(server, kind)["events"] == talk(server, REFERENCE)["events"]


def test_a_deflated_message_of_ours_arrives_unharmed(server: int) -> None:
    sys.path.insert(0, str(CLIENTS.parent))
    try:
        from clients import TEXT
    finally:
        sys.path.pop(0)
    ours = talk(server, "ours")
    assert ours["rsv1"] and ours["events"][0][1]["content"] == TEXT
    assert not talk(server, "ours_plain")["rsv1"]


def test_ours_negotiates_compression_when_asked_and_saves_bytes(server: int) -> None:
    ours, plain = talk(server, "ours"), talk(server, "ours_plain")
    assert ours["share"] == 100 and ours["wire"] < ours["plain"]
    assert plain["share"] == 0 and plain["wire"] == plain["plain"]
