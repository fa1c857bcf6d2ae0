"""The conversation served by python-socketio on uvicorn, with permessage-deflate: `peer.py PORT`."""

from __future__ import annotations

import asyncio
import gzip
import json
import sys

import socketio
import uvicorn

server = socketio.AsyncServer(async_mode="asgi", transports=["websocket"], ping_interval=0.3, ping_timeout=2)


@server.event
async def message_send(sid: str, data: dict) -> None:
    await server.emit("message_new", {"id": "m1", "author_type": "user", "content": data["content"]}, to=sid)
    for number in range(5):
        await server.emit(
            "message_stream", {"message_id": "r1", "chunk": f"word {number} ", "is_final": number == 4}, to=sid
        )
    whole = {"id": "r2", "author_type": "agent", "content": "word " * 400}
    await server.emit("message_new:gz", gzip.compress(json.dumps(whole).encode()), to=sid)


@server.event
async def ping(sid: str, data: dict) -> None:
    await server.emit("pong", {"timestamp": data["timestamp"]}, to=sid)
    await asyncio.sleep(0.7)  # two pings of Engine.IO's own; who does not answer them is cut off later than this
    await server.emit("error", {"message": "that is all"}, to=sid)
    await server.disconnect(sid)


uvicorn.run(
    socketio.ASGIApp(server), host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", ws="websockets-sansio"
)
