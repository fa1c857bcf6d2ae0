"""Transcripts, recorded or composed, give the right turns if a real Socket.IO server plays them over a real socket."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from reznet_load.core.system.machine import free_port

HERE = Path(__file__).resolve().parent
TRANSCRIPTS = HERE.parent / "transcripts"

EXPECTED = {
    "v1-stream-then-error-message": [["error after reply", 40]],
    "v1-busy": [["error after reply", 40], ["busy", 0]],
    "v1-error-in-stream": [["error in stream", 0]],
    "v1-whole-reply-without-stream": [[None, 1]],
    "v1-bad-input": [["error", 0]],
    "composed-v1-clean": [[None, 3]],
    "composed-v1-batch": [[None, 2]],
    "composed-v2-reply": [[None, 3]],
    "composed-v2-batch": [[None, 4]],
    "composed-v2-error-in-stream": [["error in stream", 1]],
    "composed-silence": [["silence", 0]],
    "composed-stall": [["stall", 2]],
    "composed-second-agent": [[None, 3]],
    "composed-whole-gz": [[None, 1]],
}


@pytest.fixture(scope="module")
def heard() -> dict[str, list[list]]:
    """Name of a transcript -> [failure, chunks] of each turn. One server plays all transcripts, one process asks them all."""
    paths, port = [str(TRANSCRIPTS / f"{name}.jsonl") for name in EXPECTED], free_port()
    player = subprocess.Popen([sys.executable, str(HERE / "player.py"), str(port), *paths])
    try:
        asked = subprocess.run(
            [sys.executable, str(HERE / "ask.py"), f"http://127.0.0.1:{port}", *paths],
            capture_output=True, text=True, timeout=60,
        )  # fmt: skip
    finally:
        player.terminate()
        player.wait(10)
    assert asked.returncode == 0, asked.stderr
    return json.loads(asked.stdout)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_played_transcript_gives_its_turns(name: str, heard: dict[str, list[list]]) -> None:
    assert heard[name] == EXPECTED[name]
