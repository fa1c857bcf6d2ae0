"""Engine.IO 4 and Socket.IO 5: parses one text payload into one packet and joins attachments to their event."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

PONG = b"3"
_ENGINE = {b"0": "open", b"1": "close", b"2": "ping", b"3": "pong", b"6": "noop"}
_SOCKET = {
    b"0": "connect",
    b"1": "disconnect",
    b"2": "event",
    b"3": "ack",
    b"4": "connect_error",
    b"5": "binary_event",
    b"6": "binary_ack",
}
_MOST_ATTACHMENTS = 64  # of one event; the contract's largest has one
_ATTACHED_LIMIT = 16 << 20  # bytes of one event's attachments together
_DEEPEST = 64  # levels of nesting in which attachments are looked for
# Engine.IO's own packets, allowed between attachments; an event is not
_AMID_ATTACHMENTS = frozenset({"open", "close", "ping", "pong", "noop"})


class PacketError(ValueError):
    """A payload that is not an Engine.IO or Socket.IO packet."""


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet: `name` and `data` of an event, `data` alone of other packets; `attachments` is how many are still to
    come.
    """

    kind: str
    namespace: str = "/"
    name: str = ""
    data: Any = None
    attachments: int = 0


def parse(payload: bytes) -> Packet:
    """The packet in a text payload. Raises PacketError."""
    kind = _ENGINE.get(payload[:1])
    if kind is not None:
        return Packet(kind, data=_json(payload[1:]) if kind == "open" else None)
    if payload[:1] != b"4" or payload[1:2] not in _SOCKET:
        raise PacketError(f"no packet begins with {payload[:12]!r}")
    kind = _SOCKET[payload[1:2]]
    rest = payload[2:]
    count = 0
    if kind.startswith("binary"):
        number, dash, rest = rest.partition(b"-")
        if not dash or not number.isdigit() or int(number) > _MOST_ATTACHMENTS:
            raise PacketError(f"a binary packet begins with {payload[:12]!r}")
        count = int(number)
    namespace = "/"
    if rest[:1] == b"/":
        place, _, rest = rest.partition(b",")
        namespace = place.partition(b"?")[0].decode("utf-8", "replace")
    rest = rest.lstrip(b"0123456789")  # an acknowledgement number; we never ask for one
    body = _json(rest) if rest else None
    if kind in ("event", "binary_event"):
        if not isinstance(body, list) or not body or not isinstance(body[0], str):
            raise PacketError(f"an event without a name: {payload[:40]!r}")
        return Packet(kind, namespace, body[0], body[1] if len(body) > 1 else None, count)
    return Packet(kind, namespace, data=body, attachments=count)


def _json(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise PacketError(f"not JSON: {raw[:40]!r} ({error.__class__.__name__})") from None


def event(name: str, *data: Any) -> bytes:
    """An event that the client sends. Without `data` it has no argument, which a server does not treat like None."""
    return b"42" + json.dumps([name, *data], ensure_ascii=False, separators=(",", ":")).encode()


def connect(auth: Any = None) -> bytes:
    """The Socket.IO connect, with its auth object."""
    return b"40" if auth is None else b"40" + json.dumps(auth).encode()


class Assembler:
    """Takes text and binary payloads, gives whole packets."""

    def __init__(self) -> None:
        self._waiting: Packet | None = None
        self._attachments: list[bytes] = []

    def feed_text(self, payload: bytes) -> Packet | None:
        """The packet, or None while its attachments are still to come. Raises PacketError."""
        packet = parse(payload)
        if self._waiting is not None and packet.kind not in _AMID_ATTACHMENTS:
            raise PacketError(f"a {packet.kind} where an attachment of {self._waiting.name!r} belongs")
        if packet.attachments:
            self._waiting = packet
            self._attachments = []
            return None
        return packet

    def feed_binary(self, payload: bytes) -> Packet | None:
        """The packet that `payload` completes, else None. Raises PacketError if no packet waits for an attachment."""
        waiting = self._waiting
        if waiting is None:
            raise PacketError("a binary payload that no event announced")
        self._attachments.append(payload)
        if sum(map(len, self._attachments)) > _ATTACHED_LIMIT:
            raise PacketError(f"attachments of {waiting.name!r} over {_ATTACHED_LIMIT} bytes")
        if len(self._attachments) < waiting.attachments:
            return None
        self._waiting = None
        return Packet(waiting.kind, waiting.namespace, waiting.name, _fill(waiting.data, self._attachments))


def _fill(data: Any, attachments: list[bytes], depth: int = _DEEPEST) -> Any:
    """`data` with each `{"_placeholder": true, "num": n}` replaced by its attachment."""
    if depth == 0:
        return data
    if isinstance(data, dict):
        if data.get("_placeholder") is True:
            number = data.get("num")
            if not isinstance(number, int) or not 0 <= number < len(attachments):
                raise PacketError(f"a placeholder for attachment {number!r} of {len(attachments)}")
            return attachments[number]
        return {key: _fill(value, attachments, depth - 1) for key, value in data.items()}
    return [_fill(item, attachments, depth - 1) for item in data] if isinstance(data, list) else data
