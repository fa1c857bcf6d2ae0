"""In front of a real Redis: its INFO without some fields, as servers that speak its protocol answer."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def front(port: int, dropped: tuple[str, ...]) -> Iterator[int]:
    """The port on which INFO of the server at `port` lacks the fields `dropped`."""
    loop, ready = asyncio.new_event_loop(), threading.Event()
    found: list[int] = []

    async def serve() -> None:
        server = await asyncio.start_server(lambda r, w: _between(r, w, port, dropped), "127.0.0.1", 0)
        found.append(server.sockets[0].getsockname()[1])
        ready.set()
        async with server:
            await server.serve_forever()

    def run() -> None:
        with suppress(asyncio.CancelledError):
            loop.run_until_complete(task)

    task = loop.create_task(serve())
    thread = threading.Thread(target=run)
    thread.start()
    try:
        assert ready.wait(10)
        yield found[0]
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join(10)
        loop.close()


async def _between(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int, dropped: tuple[str, ...]
) -> None:
    server, to_server = await asyncio.open_connection("127.0.0.1", port)
    both = (_copy(reader, to_server), _without(server, writer, tuple(f"{name}:".encode() for name in dropped)))
    await asyncio.gather(*both, return_exceptions=True)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)
        await writer.drain()
    writer.close()


async def _without(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, dropped: tuple[bytes, ...]) -> None:
    """Remove lines from bulk strings that are an INFO; forward all else unchanged."""
    held = b""
    while data := await reader.read(65_536):
        held += data
        while held:
            begin = re.match(rb"[$=](\d+)\r\n", held)
            size = int(begin[1]) if begin else 0
            if begin is None or size <= 500:
                writer.write(held)
                held = b""
                break
            end = begin.end() + size + 2
            if len(held) < end:
                break
            lines = held[begin.end() : end - 2].split(b"\r\n")
            if b"# Server" in held[:end]:
                lines = [line for line in lines if not line.startswith(dropped)]
            body = b"\r\n".join(lines)
            writer.write(held[:1] + b"%d\r\n%b\r\n" % (len(body), body))
            held = held[end:]
        await writer.drain()
    writer.close()
