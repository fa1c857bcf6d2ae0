"""The suite's blocking socket gives the same turns as a load run's: transcripts played by a real Socket.IO server."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from reznet_load.chat.dialect import Emit
from reznet_load.core.settings.settings import Settings, Timeouts
from reznet_load.core.system.machine import free_port
from reznet_load.deployment.blocking_session import BlockingSession, BlockingSessionError
from tests.asking import AskedTurn

TESTS = Path(__file__).resolve().parent.parent


@contextmanager
def played(name: str) -> Iterator[tuple[subprocess.Popen[bytes], BlockingSession, dict]]:
    """The player, a conversation with it, and the question that the transcript answers."""
    transcript, port = TESTS / "transcripts" / f"{name}.jsonl", free_port()
    player = subprocess.Popen([sys.executable, str(TESTS / "load" / "player.py"), str(port), str(transcript)])
    settings = Settings(host=f"http://127.0.0.1:{port}", socket_path=f"/{name}/socket.io")
    conversation, deadline = BlockingSession(settings, {}), time.monotonic() + 20
    try:
        while True:
            try:
                conversation.open()
                break
            except BlockingSessionError as error:
                assert str(error) == "connection refused" and time.monotonic() < deadline, error
                time.sleep(0.1)
        frames = [entry for line in transcript.read_text().splitlines() if "frame" in (entry := json.loads(line))]
        sent = [json.loads(e["frame"][2:])[1] for e in frames if e["dir"] == "out" and "message_send" in e["frame"]]
        yield player, conversation, next(question for question in sent if {"channel_id", "content"} <= question.keys())
    finally:
        conversation.close()
        player.terminate()
        player.wait(10)


def turn_of(question: dict) -> AskedTurn:
    text = question["content"]
    agent = text.split()[0] if text.startswith("@") else None
    return AskedTurn(question["channel_id"], text, agent, time.perf_counter(), Timeouts(first_token=2.0, gap=1.0))


@pytest.mark.parametrize(
    ("name", "failure", "chunks"),
    [
        ("v1-stream-then-error-message", "error after reply", 40),
        ("composed-whole-gz", None, 1),
    ],
)
def test_a_played_transcript_gives_its_turn(name: str, failure: str | None, chunks: int) -> None:
    with played(name) as (_, conversation, question):
        turn = turn_of(question)
        conversation.emit(Emit("message_send", question))
        while not turn.closed:
            conversation.listen(turn.deadline(), turn.receive, lambda: turn.closed)
            turn.expire(time.perf_counter())
        assert (turn.failure, turn.chunks) == (failure, chunks)


def test_a_server_that_goes_away_ends_the_conversation_by_name() -> None:
    with played("composed-silence") as (player, conversation, question):
        conversation.emit(Emit("message_send", question))
        player.kill()
        with pytest.raises(BlockingSessionError, match=r"^disconnected: "):
            conversation.listen(time.perf_counter() + 10, lambda *_: None, lambda: False)
