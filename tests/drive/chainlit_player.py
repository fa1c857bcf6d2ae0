"""A Socket.IO server with the recorded events of a Chainlit: `chainlit_player.py PORT`."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import socketio
import uvicorn

RECORDING = Path(__file__).resolve().parents[1] / "transcripts" / "backends" / "chainlit-question.jsonl"


def reply() -> tuple[str, list[tuple[str, dict]]]:
    """The id of the first question, and the events that follow it until the second."""
    entries = [json.loads(line) for line in RECORDING.read_text().splitlines()[1:]]
    events = [(one["dir"], *json.loads(one["frame"][2:])) for one in entries if one["frame"].startswith("42[")]
    asked = [number for number, one in enumerate(events) if one[1] == "client_message"]
    between = events[asked[0] + 1 : asked[1]]
    return events[asked[0]][2]["message"]["id"], [(name, data) for way, name, data in between if way == "in"]


ID, EVENTS = reply()
server = socketio.AsyncServer(async_mode="asgi", transports=["websocket"])
welcomed: set[str] = set()


@server.on("connect")
async def connect(sid: str, environ: dict, auth: dict | None) -> bool:
    """As Chainlit: both keys are wanted."""
    return bool(auth and auth.get("clientType") and auth.get("sessionId"))


@server.on("connection_successful")
async def successful(sid: str) -> None:
    """An argument would be one too many."""
    welcomed.add(sid)


@server.on("client_message")
async def message(sid: str, data: dict) -> None:
    """Every recorded event, tied to this question."""
    for name, payload in EVENTS if sid in welcomed else []:
        tied = json.loads(json.dumps(payload).replace(ID, data["message"]["id"]))
        await server.emit(name, tied, to=sid)
        await asyncio.sleep(0.002)


async def pages(scope: dict, receive: object, send: object) -> None:
    """`/auth/config` is JSON, everything else a page."""
    config = scope["path"] == "/auth/config"
    body = (
        b'{"requireLogin":false,"passwordAuth":false,"headerAuth":false,"oauthProviders":[]}' if config else b"<html>"
    )
    kind = b"application/json" if config else b"text/html"
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", kind)]})  # type: ignore[operator]
    await send({"type": "http.response.body", "body": body})  # type: ignore[operator]


app = socketio.ASGIApp(server, pages, socketio_path="ws/socket.io")
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="error", ws="websockets-sansio")
