"""A real Socket.IO server that answers questions with the events of transcripts: `player.py PORT TRANSCRIPT ...`.

Each transcript is played once, at `/<its name>/socket.io`, to all sockets that are connected there, as RezNet does. Where
the transcript has a question, the server waits for one. Pauses are cut to 100 ms. If the name of the transcript ends in
`-gz`, messages are sent as gzipped `message_new:gz` events.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import sys
from pathlib import Path

import socketio
import uvicorn


class Played:
    """One transcript and the server for its clients."""

    def __init__(self, path: Path) -> None:
        self._entries = [entry for line in path.read_text().splitlines() if "frame" in (entry := json.loads(line))]
        self._zipped = path.stem.endswith("-gz")
        self._questions: asyncio.Queue[dict] = asyncio.Queue()
        self._playing: asyncio.Task | None = None
        self.server = socketio.AsyncServer(async_mode="asgi", transports=["websocket"])
        self.server.on("message_send", self._asked)

    async def _asked(self, sid: str, data: dict) -> None:
        await self._questions.put(data)
        if self._playing is None:
            self._playing = asyncio.create_task(self._play())

    async def _play(self) -> None:
        first = next(n for n, e in enumerate(self._entries) if e["dir"] == "out" and "message_send" in e["frame"])
        before = self._entries[first]["at_ms"]
        for entry in self._entries[first:]:
            if not entry["frame"].startswith("42"):
                continue
            await asyncio.sleep(min(entry["at_ms"] - before, 100) / 1000)
            before = entry["at_ms"]
            name, payload = json.loads(entry["frame"][2:])
            if entry["dir"] == "out":
                if name == "message_send":
                    await self._questions.get()
            elif self._zipped and name == "message_new":
                await self.server.emit(f"{name}:gz", gzip.compress(json.dumps(payload).encode()))
            else:
                await self.server.emit(name, payload)


app = None
for path in map(Path, sys.argv[2:]):
    app = socketio.ASGIApp(Played(path).server, app, socketio_path=f"{path.stem}/socket.io")
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", ws="websockets-sansio")
