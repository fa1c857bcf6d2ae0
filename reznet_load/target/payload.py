"""Socket payloads of each dialect: short keys, Unix times, small events in batches, large events gzipped."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reznet_load.dialects.reznet_places import KEYS
from reznet_load.target.generation import Generation

SHORT = {
    "message_id": "mid", "channel_id": "cid", "author_type": "at", "author_name": "an", "author_id": "aid", "content": "c",
    "created_at": "ts", "updated_at": "uts", "thread_id": "tid", "metadata": "m", "agent_name": "ag", "agent_id": "agid",
    "status": "s", "chunk": "ch", "is_final": "fin", "streaming": "str", "error": "err", "message": "msg",
    "user_name": "un", "timestamp": "ts", "model": "mdl", "provider": "prv", "in_reply_to": "irt", "tokens": "tok",
}  # fmt: skip
CHUNK = "message_stream"
GZIP_FROM = 10_240  # bytes
BATCH_SECONDS, BATCH_MOST = 0.05, 10


def short_keys(keys: Mapping[str, str]) -> dict[str, str]:
    """Long key -> short key, for a dialect with `keys` (short -> long), which have priority over the contract's keys."""
    return SHORT | {long: short for short, long in keys.items() if short not in KEYS}


def shorten(data: Any, keys: Mapping[str, str]) -> Any:
    """`data` with short `keys` (long -> short), metadata included, and `created_at` as Unix milliseconds."""
    if isinstance(data, list):
        return [shorten(item, keys) for item in data]
    if not isinstance(data, dict):
        return data
    short: dict[str, Any] = {}
    for key, value in data.items():
        if key in ("created_at", "updated_at") and isinstance(value, str):
            value = int(datetime.fromisoformat(value).timestamp() * 1000)
        short[keys.get(key, key)] = shorten(value, keys)
    return short


@dataclass(slots=True)
class Saved:
    """`websocket_metrics`: what short keys and gzip saved in this process."""

    messages: int = 0
    original: int = 0
    optimized: int = 0
    compressed: int = 0

    def report(self) -> dict[str, Any]:
        """The answer of `/api/performance/websocket`."""
        saved = 100 * (1 - self.optimized / self.original) if self.original else 0.0
        return {
            "total_messages": self.messages,
            "total_bytes_original": self.original,
            "total_bytes_optimized": self.optimized,
            "reduction_percentage": round(saved, 2),
            "compressed_messages": self.compressed,
            "avg_message_size": round(self.optimized / self.messages, 1) if self.messages else 0.0,
        }


class PayloadWriter:
    """Turns an event into (name, payload) of its dialect."""

    def __init__(self, generation: Generation, short: bool) -> None:
        self._generation = generation
        self._short = short
        self._keys = short_keys(generation.speaks.keys)
        self.saved = Saved()

    def write(self, event: str, data: dict[str, Any]) -> tuple[str, Any]:
        """(name, payload) with short keys; a payload above 10 KB is gzipped JSON with the name `<event>:gz`."""
        only_chunks = event == CHUNK and not self._generation.shortens
        short = shorten(data, self._keys) if self._short or only_chunks else data
        event = self._generation.event(event)
        size = len(json.dumps(short, separators=(",", ":")))
        self.saved.messages += 1
        self.saved.original += len(json.dumps(data, separators=(",", ":"))) if short is not data else size
        if size <= GZIP_FROM:
            self.saved.optimized += size
            return event, short
        packed = gzip.compress(json.dumps(short, separators=(",", ":")).encode(), 6)
        self.saved.optimized += len(packed)
        self.saved.compressed += 1
        return f"{event}:gz", packed


class Batches:
    """Collects small events of a room for up to 50 ms or 10 events, and sends each `copies` times, as a real v1 does."""

    def __init__(self, send: Callable[[str, Any, str | None], Awaitable[None]], generation: Generation) -> None:
        self._send = send
        self._copies = generation.copies
        self._batch = generation.event("message_batch")
        self._waiting: dict[str | None, list[dict[str, Any]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def add(self, event: str, data: Any, room: str | None) -> None:
        """Send `event` to `room` (None: to all sockets) in the next batch."""
        waiting = self._waiting.setdefault(room, [])
        waiting += [{"e": event, "d": data}] * self._copies
        if len(waiting) == self._copies:
            task = asyncio.create_task(self._flush_later(room))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _flush_later(self, room: str | None) -> None:
        await asyncio.sleep(BATCH_SECONDS)
        waiting = self._waiting.pop(room, [])
        for start in range(0, len(waiting), BATCH_MOST):
            batch = {"batch": True, "messages": waiting[start : start + BATCH_MOST]}
            await self._send(self._batch, batch, room)
