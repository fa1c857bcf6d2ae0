"""One client process: `python -m benchmarks.streams.clients KIND PORT STREAMS WARM SECONDS` prints JSON.

Every client finds the text of each event and its moment; ours matches turns too. CPU time is the process' own, user and
system, of the SECONDS after every stream was heard and WARM seconds more: neither imports nor connections count.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.streams.load_of_process import LoadOfProcess

QUESTION = {"model": "m", "stream": True, "messages": [{"role": "user", "content": "go on"}]}
PATH = "/v1/chat/completions"
Seen = list[int]  # events so far of each stream
Wait = Callable[..., None]  # measures while the function that it gets says what was seen of each stream
TO_BE_HEARD = 40.0  # seconds, until every stream was heard: openai's SDK takes 5 to import, and more on a busy machine


def ours(port: int, streams: int, wait: Wait, watch: Callable[[], LoadOfProcess] | None = None) -> None:
    import gevent
    import locust  # noqa: F401  # patches the interpreter as in a run

    from reznet_load.chat.dialect import Conversation
    from reznet_load.chat.streamed import StreamedTurn
    from reznet_load.chat.token_shape import TokenShapes
    from reznet_load.chat.turn import Turn
    from reznet_load.core.settings.settings import Timeouts
    from reznet_load.dialects.openai import CHAT
    from reznet_load.load.sockets.reactor import Reactor
    from reznet_load.load.sockets.session import Access
    from reznet_load.load.streams.session import StreamSession

    reactor, limits, turns, shapes = Reactor(), Timeouts(reply=3600), [], TokenShapes()
    sessions, load = [], watch() if watch else None  # once everything is imported
    for _ in range(streams):
        session = StreamSession(reactor, Access(f"http://127.0.0.1:{port}"), limits)
        session.open()
        request, own = CHAT.ask(Conversation(model="m"), "go on")
        turn = Turn(own, time.perf_counter(), limits, CHAT.echoes, kept=32_768)
        session.ask(request, StreamedTurn(turn, CHAT, shapes), {})
        gevent.spawn(session.follow, turn)
        sessions.append(session)
        turns.append(turn)

    wait(lambda: [turn.chunks for turn in turns], load)


def watched(port: int, streams: int, wait: Wait) -> None:
    """Ours, and what it does to its process."""
    import locust  # noqa: F401  # before anything else is imported

    from benchmarks.streams.load_of_process import LoadOfProcess

    ours(port, streams, wait, LoadOfProcess)


def bare_loop(port: int, streams: int, wait: Wait, watch: Callable[[], LoadOfProcess] | None = None) -> None:
    """Libev and recv, a search for the text in what was read, and its moment: no protocol is checked."""
    import socket

    from gevent.hub import get_hub

    buffer, seen, sockets = bytearray(65_536), [0] * streams, []
    body = json.dumps(QUESTION).encode()
    last = [0.0]
    load = watch() if watch else None

    def readable(recv: Callable[[bytearray], int], place: int) -> None:
        size = recv(buffer)
        at = buffer.find(b'"content": "', 0, size)
        while at >= 0:
            seen[place] += 1
            last[0] = time.perf_counter()
            at = buffer.find(b'"content": "', at + 12, size)

    for place in range(streams):
        sock = socket.create_connection(("127.0.0.1", port))
        head = f"POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
        sock.sendall(head.encode() + body)
        sock.setblocking(False)
        watcher = get_hub().loop.io(sock.fileno(), 1)
        watcher.start(readable, sock.recv_into, place)
        sockets.append((sock, watcher))
    wait(lambda: seen, load)


def watched_bare_loop(port: int, streams: int, wait: Wait) -> None:
    """The bare loop, and what it does to its process: a lag that it has too is none of ours."""
    from benchmarks.streams.load_of_process import LoadOfProcess

    bare_loop(port, streams, wait, LoadOfProcess)


def asyncio_client(stream: Callable, port: int, streams: int, wait: Wait) -> None:
    """`stream(port)` opens a client whose `ask(seen, place)` is one question; a thread that only sleeps waits."""
    import asyncio
    import threading

    seen = [0] * streams

    async def main() -> None:
        async with stream(port) as ask:
            tasks = [asyncio.ensure_future(ask(seen, place)) for place in range(streams)]
            await asyncio.to_thread(wait, lambda: seen)
            for task in tasks:
                task.cancel()

    threading.stack_size(1 << 20)
    asyncio.run(main())


def aiohttp(port: int, streams: int, wait: Wait) -> None:
    from contextlib import asynccontextmanager

    import aiohttp

    @asynccontextmanager
    async def client(port: int):
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(None)) as session:

            async def ask(seen: Seen, place: int) -> None:
                async with session.post(f"http://127.0.0.1:{port}{PATH}", json=QUESTION) as answer:
                    async for line in answer.content:
                        if line.startswith(b"data: ") and json.loads(line[6:])["choices"][0]["delta"].get("content"):
                            seen[place] += 1
                            time.perf_counter()

            yield ask

    asyncio_client(client, port, streams, wait)


def httpx(port: int, streams: int, wait: Wait) -> None:
    from contextlib import asynccontextmanager

    import httpx

    @asynccontextmanager
    async def client(port: int):
        limits = httpx.Limits(max_connections=None)
        async with httpx.AsyncClient(limits=limits, timeout=None, trust_env=False) as session:

            async def ask(seen: Seen, place: int) -> None:
                async with session.stream("POST", f"http://127.0.0.1:{port}{PATH}", json=QUESTION) as answer:
                    async for line in answer.aiter_lines():
                        if line.startswith("data: ") and json.loads(line[6:])["choices"][0]["delta"].get("content"):
                            seen[place] += 1
                            time.perf_counter()

            yield ask

    asyncio_client(client, port, streams, wait)


def openai_sdk(port: int, streams: int, wait: Wait) -> None:
    from contextlib import asynccontextmanager

    import openai

    @asynccontextmanager
    async def client(port: int):
        sdk = openai.AsyncOpenAI(api_key="none", base_url=f"http://127.0.0.1:{port}/v1", timeout=None)

        async def ask(seen: Seen, place: int) -> None:
            async for event in await sdk.chat.completions.create(**QUESTION):
                if event.choices[0].delta.content:
                    seen[place] += 1
                    time.perf_counter()

        yield ask

    asyncio_client(client, port, streams, wait)


KINDS = {"ours": ours, "openai_sdk": openai_sdk, "httpx": httpx, "aiohttp": aiohttp, "bare_loop": bare_loop}
ALL = {**KINDS, "watched": watched, "watched_bare_loop": watched_bare_loop}


def main() -> None:
    kind, port, streams = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    warm, seconds = float(sys.argv[4]), float(sys.argv[5])

    def wait(seen: Callable[[], Sequence[int]], load: LoadOfProcess | None = None) -> None:
        sleep = time.sleep
        if kind not in ("openai_sdk", "httpx", "aiohttp"):
            from gevent import sleep
        until = time.monotonic() + TO_BE_HEARD
        while min(seen()) == 0 and time.monotonic() < until:
            sleep(0.1)
        silent = sum(not events for events in seen())
        sleep(warm)
        gc.collect()
        gc.freeze()
        if load is not None:
            load.forget()
        before, cpu = sum(seen()), time.process_time()
        sleep(seconds)
        events, used = sum(seen()) - before, time.process_time() - cpu
        more = {} if load is None else load.seen(streams)
        print(json.dumps({"events": events, "cpu": used, "silent": silent, **more}), flush=True)

    ALL[kind](port, streams, wait)


if __name__ == "__main__":
    main()
