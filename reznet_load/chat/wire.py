"""RezNet's payloads: short keys made long, batches unpacked, gzipped events opened (REZNET contract, "Socket.IO")."""

from __future__ import annotations

import json
import zlib
from collections import Counter
from dataclasses import dataclass
from typing import Any

from reznet_load.protocols.frames import IN_LONG, IN_SHORT, LONG_CHUNK, LONGEST_ID, SHORT_CHUNK
from reznet_load.protocols.packets import Packet, PacketError

LONG = {
    "mid": "message_id", "cid": "channel_id", "at": "author_type", "an": "author_name", "aid": "author_id",
    "c": "content", "ts": "created_at", "uts": "updated_at", "tid": "thread_id", "m": "metadata", "ag": "agent_name",
    "agid": "agent_id", "s": "status", "ch": "chunk", "fin": "is_final", "str": "streaming", "err": "error",
    "msg": "message", "un": "user_name", "mdl": "model", "prv": "provider", "irt": "in_reply_to", "tok": "tokens",
    "n": "name", "ty": "type", "v": "value", "k": "key", "da": "data",
}  # fmt: skip
_GUNZIP_LIMIT = 16 << 20  # bytes
_DEEPEST = 64  # levels of nesting that are made long; what lies deeper nobody reads


@dataclass(frozen=True, slots=True)
class Event:
    """Something the server says, with long keys."""

    name: str
    data: dict[str, Any]


def stream_id(payload: bytes) -> bytes | None:
    """The message id of a `message_stream` payload, by prefix; None where it has to be decoded to know."""
    if payload.startswith(SHORT_CHUNK):
        begin = IN_SHORT
    elif payload.startswith(LONG_CHUNK):
        begin = IN_LONG
    else:
        return None
    end = payload.find(b'"', begin, begin + LONGEST_ID)
    found = payload[begin:end]
    return found if end > 0 and b"\\" not in found else None


def expand(data: Any, depth: int = _DEEPEST) -> Any:
    """`data` with long keys, nested ones included. `ts` is `created_at` of a message, `timestamp` of a pong."""
    if depth == 0:
        return data
    if isinstance(data, list):
        return [expand(item, depth - 1) for item in data]
    if not isinstance(data, dict):
        return data
    return {LONG.get(key, key): expand(value, depth - 1) for key, value in data.items()}


def spared(data: Any, depth: int = _DEEPEST) -> int:
    """Bytes that its short keys save: how many more the long ones would take."""
    if depth == 0:
        return 0
    if isinstance(data, list):
        return sum(spared(item, depth - 1) for item in data)
    if not isinstance(data, dict):
        return 0
    return sum(len(LONG.get(key, key)) - len(key) + spared(value, depth - 1) for key, value in data.items())


def events(packet: Packet) -> list[Event]:
    """Everything an event packet says, in order. Raises PacketError where an attachment cannot be opened."""
    return _open(packet.name, packet.data)


def _open(name: str, data: Any) -> list[Event]:
    if name.endswith(":gz"):
        return _open(name.removesuffix(":gz"), _gunzip(name, data))
    if name == "message_batch" and isinstance(data, dict):
        return _unpack(data.get("messages"))
    long = expand(data) if isinstance(data, dict) else {}
    if name == "pong" and "timestamp" not in long and "created_at" in long:
        long["timestamp"] = long.pop("created_at")
    return [Event(name, long)]


def _unpack(messages: Any) -> list[Event]:
    """The events of a batch. v1 puts each in twice: where every one comes an even number of times, half of them count."""
    items = [one for one in messages if isinstance(one, dict)] if isinstance(messages, list) else []
    keys = [json.dumps(item, sort_keys=True) for item in items]
    doubled = all(times % 2 == 0 for times in Counter(keys).values())
    found: list[Event] = []
    seen: Counter[str] = Counter()
    for key, item in zip(keys, items, strict=True):
        seen[key] += 1
        repeated = doubled and seen[key] % 2 == 0
        if isinstance(item.get("e"), str) and item["e"] != "message_batch" and not repeated:
            found += _open(item["e"], item.get("d"))
    return found


def _gunzip(name: str, data: Any) -> Any:
    """The JSON in an attachment. A backend whose large events cannot be read has a fault, and it must have a name."""
    try:
        stream = zlib.decompressobj(wbits=31)  # gzip header and trailer
        plain = stream.decompress(data, _GUNZIP_LIMIT)
        if not stream.eof:
            raise PacketError(f"{name}: its attachment is cut off, or over {_GUNZIP_LIMIT >> 20} MB unpacked")
        return json.loads(plain)
    except (zlib.error, TypeError, RecursionError, UnicodeDecodeError, json.JSONDecodeError):
        raise PacketError(f"{name}: its attachment is no gzipped JSON") from None
