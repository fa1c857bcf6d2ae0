"""A real Socket.IO server that answers a question with the events of a transcript: `player.py TRANSCRIPT PORT`.

Waits of the transcript are cut to 100 ms. Large payloads go as `<event>:gz` when the transcript's name ends in `-gz`.
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
answers = [e for e in entries[asked + 1 :] if e["dir"] == "in" and e["frame"].startswith("42")]
server = socketio.AsyncServer(async_mode="asgi", transports=["websocket"])


@server.event
async def message_send(sid: str, data: dict) -> None:
    before = entries[asked]["at_ms"]
    for entry in answers:
        await asyncio.sleep(min(entry["at_ms"] - before, 100) / 1000)
        before = entry["at_ms"]
        name, payload = json.loads(entry["frame"][2:])
        if path.stem.endswith("-gz") and name == "message_new":
            await server.emit(f"{name}:gz", gzip.compress(json.dumps(payload).encode()), to=sid)
        else:
            await server.emit(name, payload, to=sid)


uvicorn.run(socketio.ASGIApp(server), host="127.0.0.1", port=port, log_level="warning", ws="websockets-sansio")
