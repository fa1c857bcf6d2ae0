"""Frames to messages, and other people's chunks told by prefix: ours against websocket-client and websockets.

    python benchmarks/parse_frames.py [FRAMES]

Every parser gets the same bytes, what one socket hears while eight agents answer others: chunks of v1 and v2, and now
and then a status batch or a whole message. They come twice, in reads of 64 KB (a busy loop that catches up) and one
frame a read (an idle one). Each figure is the best of seven rounds in turns, in CPU time, so that a neighbour on the
machine costs little. The peers do less than ours: they look up no message id. websocket-client is timed without UTF-8
validation, as the reactor does without. Last line: JSON, ratios to the peers.
"""

from __future__ import annotations

import json
import random
import sys
import time
import uuid
from collections.abc import Callable, Iterator

from websocket._abnf import frame_buffer
from websockets.client import ClientProtocol
from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.uri import parse_uri

from reznet_load.dialects.reznet import V1
from reznet_load.protocols.deflate import Inflater, Parameters
from reznet_load.protocols.frames import FrameReader

ROUNDS = 7
READ = 65_536  # bytes, the reactor's


def payloads(count: int, rng: random.Random) -> Iterator[bytes]:
    """What comes over one socket: 97 % chunks, of these a third in v2's long keys."""
    ids = [str(uuid.UUID(int=rng.getrandbits(128), version=4)) for _ in range(8)]
    for _ in range(count):
        one, word, kind = rng.choice(ids), rng.choice(["a ", "word ", "reply, ", "considerably "]), rng.random()
        if kind < 0.65:
            yield _event("message_stream", {"mid": one, "ch": word, "fin": False, "m": {"tool_calls": None}})
        elif kind < 0.97:
            yield _event("message_stream", {"message_id": one, "chunk": word, "is_final": False, "metadata": {}})
        elif kind < 0.99:
            status = {"e": "agent_status", "d": {"ag": "@qa", "s": "thinking"}}
            yield _event("message_batch", {"batch": True, "messages": [status] * 4})
        else:
            yield _event("message_new", {"id": one, "cid": ids[0], "at": "agent", "an": "@qa", "c": word * 400})


def _event(name: str, data: object) -> bytes:
    return b"42" + json.dumps([name, data], separators=(",", ":")).encode()


def in_reads(frames: list[bytes]) -> list[bytes]:
    """The stream as the kernel hands it out to somebody who is behind."""
    stream = b"".join(frames)
    return [stream[begin : begin + READ] for begin in range(0, len(stream), READ)]


def ours(reads: list[bytes], inflater: Inflater | None = None) -> int:
    """FrameReader and the prefixes of its dialect, as the reactor and the session use them."""
    reader, skipped, id_in = FrameReader(inflater, chunks=V1.prefixes), 0, V1.prefixes.id_in
    for data in reads:
        for _, payload in reader.feed(data):
            if id_in(payload) is not None:
                skipped += 1
    assert 0 < skipped < reader.counts.messages
    return reader.counts.messages


def ours_compressed(reads: list[bytes]) -> int:
    """The same through permessage-deflate with context takeover."""
    return ours(reads, Inflater(Parameters()))


def websocket_client(reads: list[bytes]) -> int:
    """websocket-client's frame buffer, its `recv` served from memory."""
    stream, count, data, pos = iter(reads), 0, b"", 0

    def recv(size: int) -> bytes:
        nonlocal data, pos
        if pos >= len(data):
            data, pos = next(stream), 0
        begin, pos = pos, pos + size
        return data[begin:pos]

    buffer = frame_buffer(recv, skip_utf8_validation=True)
    while True:
        try:
            buffer.recv_frame()
        except StopIteration:
            return count
        count += 1


def websockets_protocol(reads: list[bytes]) -> int:
    """Websockets' sans-I/O client after its handshake."""
    protocol, count = ClientProtocol(parse_uri("ws://peer/"), state=State.OPEN, max_size=None), 0
    for data in reads:
        protocol.receive_data(data)
        count += len(protocol.events_received())
    return count


def best(calls: dict[str, tuple[Callable[[list[bytes]], int], list[bytes]]], expected: int) -> dict[str, float]:
    """CPU microseconds a frame of each call, the best of ROUNDS taken in turns. Every frame must have been seen."""
    found = dict.fromkeys(calls, float("inf"))
    for _ in range(ROUNDS):
        for name, (parse, reads) in calls.items():
            began = time.process_time()
            seen = parse(reads)
            found[name] = min(found[name], (time.process_time() - began) / expected * 1e6)
            if seen != expected:
                raise SystemExit(f"{name} saw {seen} of {expected} frames")
    return found


def main() -> None:
    """Print a table and the JSON line."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    texts = list(payloads(count, random.Random(7)))
    frames = [Frame(Opcode.TEXT, text).serialize(mask=False) for text in texts]
    peer = PerMessageDeflate(False, False, 15, 15)
    packed = [Frame(Opcode.TEXT, text).serialize(mask=False, extensions=[peer]) for text in texts]
    result: dict[str, float] = {}
    for way, cut in (("64 KB reads", in_reads), ("one frame a read", list)):
        plain = cut(frames)
        figures = best(
            {
                "ours": (ours, plain),
                "ours compressed": (ours_compressed, cut(packed)),
                "websocket-client": (websocket_client, plain),
                "websockets": (websockets_protocol, plain),
            },
            count,
        )
        print(f"{way}: {count} frames of {sum(map(len, frames)) / count:.0f} bytes")
        for name, cost in figures.items():
            print(f"  {name:18}{cost:8.2f} µs a frame{1e6 / cost:12,.0f} a second")
        key = "read" if cut is in_reads else "single"
        result[f"{key}_us"] = round(figures["ours"], 3)
        result[f"{key}_vs_websocket_client"] = round(figures["websocket-client"] / figures["ours"], 1)
        result[f"{key}_vs_websockets"] = round(figures["websockets"] / figures["ours"], 1)
        result[f"{key}_compressed_vs_plain"] = round(figures["ours"] / figures["ours compressed"], 2)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
