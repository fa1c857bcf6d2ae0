"""Records each question at the outermost layer of the backend, for the accuracy benchmark.

Writes one line of JSON per message, with times in ms. The recorder is an ASGI wrapper around the whole application: a
frame from a client is timed when it arrives, and a frame to a client when it is written to the socket. The recorder
neither uses nor changes data of the application. Each connection must have its own channel and ask one question at a
time, as our users do.
"""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

from reznet_load.target.generation import Generation


class Truth:
    """Wraps `app` and appends records to the file `path`."""

    def __init__(self, app: Any, path: str, generation: Generation) -> None:
        self._app = app
        self._generation = generation
        self._file: TextIO = Path(path).open("a", encoding="utf-8", buffering=1 << 16)  # noqa: SIM115  # until the end

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """One call of ASGI."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            self._file.close()
        elif scope["type"] == "websocket":
            seen = Connection(self._write, self._generation)

            async def heard() -> Any:
                message = await receive()
                seen.heard(message.get("text") or "", time.perf_counter())
                return message

            async def said(message: Any) -> None:
                await send(message)
                seen.said(message.get("text") or "", time.perf_counter())

            await self._app(scope, heard, said)
        else:
            await self._app(scope, receive, send)

    def _write(self, line: dict[str, Any]) -> None:
        self._file.write(json.dumps(line) + "\n")


class Connection:
    """One client's question and the frames that were sent back; `write` gets the record of each message id.

    Times are in seconds of any one clock. Frames with the same time arrived together and have no gap between them.
    """

    def __init__(self, write: Callable[[dict[str, Any]], Any], generation: Generation) -> None:
        self._send, self._chunk_begin, self._message_begin = (
            f'42["{generation.event(name)}"' for name in ("message_send", "message_stream", "message_new")
        )
        self._write = write
        self._content = ""
        self._heard = 0.0
        self._message = self._reply = ""
        self._sent: list[float] = []

    def heard(self, text: str, moment: float) -> None:
        """Record a frame from the client that arrived at `moment`."""
        if text.startswith(self._send):
            self._heard = moment
            self._content = json.loads(text[2:])[1]["content"]
            self._message = self._reply = ""
            self._sent = []

    def said(self, text: str, moment: float) -> None:
        """Record a frame to the client that was written at `moment`."""
        at = (moment - self._heard) * 1000
        if text.startswith(self._chunk_begin) and self._reply:
            self._chunk(json.loads(text[2:])[1], at)
        elif text.startswith(self._message_begin) and self._content:
            data = json.loads(text[2:])[1]
            kind, content = data.get("at") or data.get("author_type"), data.get("c", data.get("content"))
            if kind == "user" and content == self._content and not self._message:
                self._message = data["id"]
                self._write({"id": self._message, "echo": at})
            elif kind == "agent" and not content and self._message and not self._reply:
                self._reply = data["id"]

    def _chunk(self, data: dict[str, Any], at: float) -> None:
        if data.get("mid", data.get("message_id")) != self._reply:
            return
        if data.get("ch", data.get("chunk")):
            self._sent.append(at)
        if data.get("fin", data.get("is_final")) and self._sent:
            gaps = [after - before for before, after in itertools.pairwise(self._sent) if after > before]
            self._write({"id": self._message, "first": self._sent[0], "gaps": gaps, "final": at})
            self._reply = ""
