"""Decodes RezNet's payloads: expands short keys, unpacks batches and gzipped events (REZNET contract, "Socket.IO").

In all functions, `keys` maps short keys to long keys; `batch` and `pong` are the names of those two events.
"""

from __future__ import annotations

import json
import zlib
from collections import Counter
from collections.abc import Mapping
from typing import Any

from reznet_load.chat.dialect import Event
from reznet_load.protocols.packets import Packet, PacketError

_GUNZIP_LIMIT = 16 << 20  # bytes
_DEEPEST = 64  # levels of nesting that are expanded: dialects read nothing deeper


def expand(data: Any, keys: Mapping[str, str], depth: int = _DEEPEST) -> Any:
    """`data` with long keys, also in nested objects, down to `depth` levels."""
    if depth == 0:
        return data
    if isinstance(data, list):
        return [expand(item, keys, depth - 1) for item in data]
    if not isinstance(data, dict):
        return data
    return {keys.get(key, key): expand(value, keys, depth - 1) for key, value in data.items()}


def spared(data: Any, keys: Mapping[str, str], depth: int = _DEEPEST) -> int:
    """Bytes that the short keys in `data` save: what the long keys would take more, down to `depth` levels."""
    if depth == 0:
        return 0
    if isinstance(data, list):
        return sum(spared(item, keys, depth - 1) for item in data)
    if not isinstance(data, dict):
        return 0
    return sum(len(keys.get(key, key)) - len(key) + spared(value, keys, depth - 1) for key, value in data.items())


def events(packet: Packet, keys: Mapping[str, str], batch: str, pong: str) -> list[Event]:
    """The events in an event packet, in order, with long keys. Raises PacketError if an attachment cannot be unpacked.

    The short key `ts` means `created_at` in a message and `timestamp` in a pong.
    """

    def opened(name: str, data: Any) -> list[Event]:
        if name.endswith(":gz"):
            return opened(name.removesuffix(":gz"), _gunzip(name, data))
        if name == batch and isinstance(data, dict):
            return [event for one in _items(data.get("messages"), batch) for event in opened(one["e"], one.get("d"))]
        long = expand(data, keys) if isinstance(data, dict) else {}
        if name == pong and "timestamp" not in long and "created_at" in long:
            long["timestamp"] = long.pop("created_at")
        return [Event(name, long)]

    return opened(packet.name, packet.data)


def _items(messages: Any, batch: str) -> list[dict[str, Any]]:
    """The events of a batch. v1 sends each twice: if all events come an even number of times, half of them are left out."""
    items = [one for one in messages if isinstance(one, dict)] if isinstance(messages, list) else []
    keys = [json.dumps(item, sort_keys=True) for item in items]
    doubled = all(times % 2 == 0 for times in Counter(keys).values())
    found: list[dict[str, Any]] = []
    seen: Counter[str] = Counter()
    for key, item in zip(keys, items, strict=True):
        seen[key] += 1
        repeated = doubled and seen[key] % 2 == 0
        if isinstance(item.get("e"), str) and item["e"] != batch and not repeated:
            found.append(item)
    return found


def _gunzip(name: str, data: Any) -> Any:
    """The JSON in the attachment `data` of the event `name`. Raises PacketError if it is not gzipped JSON or too large."""
    try:
        stream = zlib.decompressobj(wbits=31)  # gzip header and trailer
        plain = stream.decompress(data, _GUNZIP_LIMIT)
        if not stream.eof:
            raise PacketError(f"{name}: its attachment is cut off, or exceeds {_GUNZIP_LIMIT >> 20} MB when unpacked")
        return json.loads(plain)
    except (zlib.error, TypeError, RecursionError, UnicodeDecodeError, json.JSONDecodeError):
        raise PacketError(f"{name}: its attachment is not gzipped JSON") from None
