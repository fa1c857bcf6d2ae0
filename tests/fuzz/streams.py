"""Coverage-guided fuzzing of answers over HTTP: `make fuzz` (atheris, two minutes).

Whatever comes, in whatever reads: bodies and events, or StreamError. Nothing else, and no read is lost to another.
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports():
    from reznet_load.protocols.closing import StreamError
    from reznet_load.protocols.http_stream import AnswerReader
    from reznet_load.protocols.ndjson import LineReader
    from reznet_load.protocols.sse import EventReader

HEADS = (b"", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n")


def one(data: bytes) -> None:
    """The first two bytes choose what comes before the rest, and where that is cut into two reads."""
    if len(data) < 3:
        return
    stream = HEADS[data[0] % len(HEADS)] + data[2:]
    cut = data[1] % (len(stream) + 1)
    whole, parts = read([stream]), read([stream[:cut], stream[cut:]])
    assert whole is None or whole == parts, (whole, parts)
    lines = LineReader()
    try:
        lines.feed(data[2:])
        lines.end()
    except StreamError:
        pass


def read(reads: list[bytes]) -> tuple[object, ...] | None:
    """Body, events and how it ended; None if it was refused."""
    answer, events, body, found = AnswerReader(), EventReader(), b"", []
    try:
        for part in reads:
            piece = answer.feed(part)
            body += piece
            found += events.feed(piece)
    except StreamError:
        return None
    return answer.status, body, found, answer.rest, answer.end()


if __name__ == "__main__":
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()
