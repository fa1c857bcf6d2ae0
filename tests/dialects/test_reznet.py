"""Transcripts of RezNet give the right turns: recorded from a real v1, or composed for cases without a recording."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reznet_load.chat.failure import Failure
from reznet_load.core.settings.settings import Timeouts
from reznet_load.dialects.every import DEFAULT
from reznet_load.protocols.packets import Assembler
from tests.asking import AskedTurn

FOLDER = Path(__file__).resolve().parent.parent / "transcripts"


def replay(name: str) -> list[AskedTurn]:
    """A closed turn for each question of a transcript."""
    assembler, turns, now = Assembler(), [], 0.0
    for line in (FOLDER / f"{name}.jsonl").read_text().splitlines():
        entry = json.loads(line)
        if "frame" not in entry:
            continue
        now = entry["at_ms"] / 1000
        packet = assembler.feed_text(entry["frame"].encode())
        if entry["dir"] == "out":
            if packet.name == "message_send" and "channel_id" in packet.data and "content" in packet.data:
                text = packet.data["content"]
                agent = text.split()[0] if text.startswith("@") else None
                turns.append(AskedTurn(packet.data["channel_id"], text, agent, now, Timeouts()))
            continue
        for event in DEFAULT.hear(packet) if packet and packet.kind == "event" else []:
            for turn in turns:
                turn.expire(now)
                turn.receive(event, now)
    for turn in turns:
        while not turn.closed:
            turn.expire(turn.deadline())
    return turns


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("v1-busy", [(Failure.ERROR_AFTER_REPLY, 40), (Failure.BUSY, 0)]),
        ("v1-error-in-stream", [(Failure.ERROR_IN_STREAM, 0)]),
        ("v1-stream-then-error-message", [(Failure.ERROR_AFTER_REPLY, 40)]),
        ("v1-whole-reply-without-stream", [(None, 1)]),
        ("v1-bad-input", [(Failure.ERROR_MESSAGE, 0)]),
        ("composed-v1-clean", [(None, 3)]),
        ("composed-v2-reply", [(None, 3)]),
        ("composed-v1-batch", [(None, 2)]),
        ("composed-v2-batch", [(None, 4)]),
        ("composed-v2-error-in-stream", [(Failure.ERROR_IN_STREAM, 1)]),
        ("composed-silence", [(Failure.SILENCE, 0)]),
        ("composed-stall", [(Failure.STALL, 2)]),
        ("composed-second-agent", [(None, 3)]),
    ],
)
def test_a_transcript_gives_its_turns(name: str, expected: list[tuple[Failure | None, int]]) -> None:
    assert [(turn.failure, turn.chunks) for turn in replay(name)] == expected


def test_the_times_of_a_turn_are_those_of_its_frames() -> None:
    (turn,) = replay("composed-v1-clean")
    assert (turn.taken_at, turn.first_token_at, turn.final_at) == (0.005, 0.1, 0.15)
    assert list(turn.gaps) == pytest.approx([0.02, 0.02]) and turn.text_length == 5


def test_the_recorded_gaps_are_those_of_the_provider() -> None:
    (turn,) = replay("v1-stream-then-error-message")
    assert len(turn.gaps) == 39 and sum(turn.gaps) / 39 == pytest.approx(0.0207, abs=0.001)
    assert "unexpected issue" in turn.detail
