"""What every socket hears: chunks of fifty replies, encoded once, plain or as one deflate stream.

Everybody hears the same, as from a backend that broadcasts, so one stream compressed with context takeover serves all
sockets. It may be repeated: its first frame refers to nothing before it.
"""

from __future__ import annotations

import json
import random
import uuid
import zlib

STREAMS = 50  # a user's own turn is one of them: of what N users in a turn hear, one part in N is their own
FRAMES = 4_096
_TAIL = b"\x00\x00\xff\xff"
_WORDS = ("a ", "the ", "word ", "reply, ", "therefore ", "considerably ", "of ", "it.\n")

IDS = [str(uuid.UUID(int=random.Random(number).getrandbits(128), version=4)) for number in range(STREAMS)]


def texts() -> list[bytes]:
    """The payloads, in order."""
    rng = random.Random(7)
    found = []
    for _ in range(FRAMES):
        chunk = {"mid": rng.choice(IDS), "ch": rng.choice(_WORDS), "fin": False, "m": {"tool_calls": None}}
        found.append(b"42" + json.dumps(["message_stream", chunk], separators=(",", ":")).encode())
    return found


def frame(payload: bytes, first: int = 0x81) -> bytes:
    """A server's frame; `first` is its first byte. Payloads below 64 KB."""
    size = len(payload)
    return bytes((first, size)) + payload if size < 126 else bytes((first, 126)) + size.to_bytes(2) + payload


def frames(deflated: bool) -> list[bytes]:
    """The same events as frames."""
    if not deflated:
        return [frame(text) for text in texts()]
    stream, packed = zlib.compressobj(wbits=-15), []
    for text in texts():
        packed.append(frame((stream.compress(text) + stream.flush(zlib.Z_SYNC_FLUSH))[: -len(_TAIL)], 0xC1))
    return packed
