"""What one event costs us, and where: read, parse, match, record. In µs of CPU, on this machine, now.

parse    the text of the token is cut out of the read (`chat/token_shape.py`)
match    the turn takes it: state, deadlines, gap
record   the gaps of the whole turn become statistics, once a turn, an event's share of it
read     all the rest of what the process spends: the loop, the system call, the callback

The three are measured alone, with everything warm in the cache; what a cold cache costs is in `read`.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from benchmarks.streams.sender import HEAD, TOKEN

if TYPE_CHECKING:
    from reznet_load.chat.streamed import StreamedTurn

TOKENS = 200  # of a reply
TIMES = 300  # replies


def alone() -> dict[str, float]:
    """`parse`, `match` and `record` of an event, in µs; the best of five."""
    from locust.env import Environment

    from reznet_load.chat.dialect import OwnQuestion
    from reznet_load.chat.measured import in_bulk
    from reznet_load.chat.token_shape import TokenShapes
    from reznet_load.dialects.openai import CHAT
    from reznet_load.load.record import Recorder

    size, data = len(TOKEN), bytearray(TOKEN)
    shape = TokenShapes().learn(CHAT, OwnQuestion("", ""), TOKEN.partition(b"\r\n")[2].removesuffix(b"\r\n"))
    assert shape is not None and shape.text(data, 0, size)
    environment = Environment()
    environment.create_local_runner()
    recorder, streamed = Recorder(environment), _reply()
    turn = streamed.turn

    def recorded() -> None:
        for seen in in_bulk(turn, turn.asked_at, turn.last_chunk_at or 0.0):
            recorder.record(seen)
        recorder.take()

    def parsed() -> None:
        for _ in range(TOKENS):
            shape.text(data, 0, size)

    def taken() -> None:
        at = turn.last_chunk_at or 0.0
        for number in range(TOKENS):
            streamed.read(data, size, at + number / 1e6)

    record, parse, both = _best(recorded), _best(parsed), _best(taken)
    return {"parse": parse, "match": both - parse, "record": record}


def _reply() -> StreamedTurn:
    """A reply of TOKENS, 20 ms apart."""
    from reznet_load.chat.dialect import OwnQuestion
    from reznet_load.chat.streamed import StreamedTurn
    from reznet_load.chat.turn import Turn
    from reznet_load.core.settings.settings import Timeouts
    from reznet_load.dialects.openai import CHAT

    now = time.time()
    streamed = StreamedTurn(Turn(OwnQuestion("", ""), now, Timeouts(reply=1e9), False), CHAT)
    streamed.feed(HEAD, now)
    for number in range(TOKENS):
        streamed.feed(TOKEN, now + number / 50)
    return streamed


def _best(act: Callable[[], None]) -> float:
    """µs of an event."""
    times = []
    for _ in range(5):
        began = time.process_time()
        for _ in range(TIMES):
            act()
        times.append(time.process_time() - began)
    return min(times) / TIMES / TOKENS * 1e6


if __name__ == "__main__":
    print(json.dumps(alone()))
