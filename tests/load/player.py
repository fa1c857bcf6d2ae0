"""A real Socket.IO server that answers questions with the events of a transcript: `player.py TRANSCRIPT PORT`.

Everybody connected hears everything, as from a v1. Waits of the transcript are cut to 100 ms; a question of the transcript
is waited for. Large payloads go as `<event>:gz` when the transcript's name ends in `-gz`.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import sys
from pathlib import Path

import socketio
import uvicorn

path, port = Path(sys.argv[1]), int(sys.argv[2])
entries = [entry for line in path.read_text().splitlines() if "frame" in (entry := json.loads(line))]
asked = next(n for n, e in enumerate(entries) if e["dir"] == "out" and "message_send" in e["frame"])
server = socketio.AsyncServer(async_mode="asgi", transports=["websocket"])
questions: asyncio.Queue[dict] = asyncio.Queue()
playing: list[asyncio.Task] = []


@server.event
async def message_send(sid: str, data: dict) -> None:
    await questions.put(data)
    if not playing:
        playing.append(asyncio.create_task(play()))


async def play() -> None:
    before = entries[asked]["at_ms"]
    for entry in entries[asked:]:
        if not entry["frame"].startswith("42"):
            continue
        await asyncio.sleep(min(entry["at_ms"] - before, 100) / 1000)
        before = entry["at_ms"]
        name, payload = json.loads(entry["frame"][2:])
        if entry["dir"] == "out":
            if name == "message_send":
                await questions.get()
        elif path.stem.endswith("-gz") and name == "message_new":
            await server.emit(f"{name}:gz", gzip.compress(json.dumps(payload).encode()))
        else:
            await server.emit(name, payload)


uvicorn.run(socketio.ASGIApp(server), host="127.0.0.1", port=port, log_level="warning", ws="websockets-sansio")
