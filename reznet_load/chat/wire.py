"""RezNet's payloads: short keys made long, batches unpacked, gzipped events opened (REZNET contract, "Socket.IO")."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from typing import Any

from reznet_load.chat.packets import Packet

LONG = {
    "mid": "message_id", "cid": "channel_id", "at": "author_type", "an": "author_name", "aid": "author_id",
    "c": "content", "ts": "created_at", "uts": "updated_at", "tid": "thread_id", "m": "metadata", "ag": "agent_name",
    "agid": "agent_id", "s": "status", "ch": "chunk", "fin": "is_final", "str": "streaming", "err": "error",
    "msg": "message", "un": "user_name", "mdl": "model", "prv": "provider", "irt": "in_reply_to", "tok": "tokens",
    "n": "name", "ty": "type", "v": "value", "k": "key", "da": "data",
}  # fmt: skip
_GUNZIP_LIMIT = 16 << 20  # bytes
_STARTS = (b'42["message_stream",{"mid":"', b'42["message_stream",{"message_id":"')


@dataclass(frozen=True, slots=True)
class Event:
    """Something the server says, with long keys."""

    name: str
    data: dict[str, Any]


def stream_id(payload: bytes) -> bytes | None:
    """The message id of a `message_stream` payload, by prefix; None where it has to be decoded to know."""
    for start in _STARTS:
        if payload.startswith(start):
            end = payload.find(b'"', len(start), len(start) + 64)
            return payload[len(start) : end] if end > 0 else None
    return None


def expand(data: Any) -> Any:
    """`data` with long keys, nested ones included. `ts` is `created_at` of a message, `timestamp` of a pong."""
    if isinstance(data, list):
        return [expand(item) for item in data]
    if not isinstance(data, dict):
        return data
    return {LONG.get(key, key): expand(value) for key, value in data.items()}


def events(packet: Packet) -> list[Event]:
    """Everything an event packet says, in order; what cannot be opened is kept under its own name with empty data."""
    return _open(packet.name, packet.data)


def _open(name: str, data: Any) -> list[Event]:
    if name.endswith(":gz"):
        return _open(name.removesuffix(":gz"), _gunzip(data))
    if name == "message_batch" and isinstance(data, dict):
        return _unpack(data.get("messages"))
    long = expand(data) if isinstance(data, dict) else {}
    if name == "pong" and "timestamp" not in long and "created_at" in long:
        long["timestamp"] = long.pop("created_at")
    return [Event(name, long)]


def _unpack(messages: Any) -> list[Event]:
    """The events of a batch; v1 puts each in twice, one right after the other."""
    found: list[Event] = []
    before: Any = None
    for item in messages if isinstance(messages, list) else []:
        if isinstance(item, dict) and isinstance(item.get("e"), str) and item != before:
            found += _open(item["e"], item.get("d")) if item["e"] != "message_batch" else []
            before = item
        else:
            before = None
    return found


def _gunzip(data: Any) -> Any:
    try:
        stream = zlib.decompressobj(wbits=31)  # gzip header and trailer
        return json.loads(stream.decompress(data, _GUNZIP_LIMIT))
    except (zlib.error, ValueError, TypeError, RecursionError):
        return None
