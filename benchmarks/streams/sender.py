"""A server that answers every POST with an OpenAI stream for ever: `python -m benchmarks.streams.sender RATE` prints its port.

A C-fast loop is not needed: one write a stream and tick, all of a tick in one go, and the clients' CPU time alone counts.
"""

from __future__ import annotations

import asyncio
import json
import sys

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
DELTA = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1700000000, "model": "simulated-gpt"}


def chunk(text: str) -> bytes:
    """One token as a chunk of the encoding."""
    choices = [{"index": 0, "delta": {"content": text}, "finish_reason": None}]
    body = b"data: " + json.dumps(DELTA | {"choices": choices}).encode() + b"\n\n"
    return b"%x\r\n%s\r\n" % (len(body), body)


TOKEN = chunk("word ")


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, gap: float, place: int) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    length = int(lengths[0].split(b":")[1]) if lengths else 0
    await reader.readexactly(length)
    writer.write(HEAD)
    loop = asyncio.get_running_loop()
    due = loop.time() + gap * (place % 97) / 97
    try:
        while not writer.is_closing():
            await asyncio.sleep(max(0.0, due - loop.time()))
            writer.write(TOKEN)
            due += gap
    except (ConnectionError, RuntimeError, asyncio.CancelledError):  # uvloop says so of a transport that is closed
        pass
    finally:
        writer.close()


async def main() -> None:
    gap, places = 1 / float(sys.argv[1]), iter(range(1_000_000))
    server = await asyncio.start_server(lambda r, w: answer(r, w, gap, next(places)), "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    import uvloop

    uvloop.run(main())
