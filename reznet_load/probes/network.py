"""A delaying HTTP proxy on loopback: bytes of a real conversation arrive as late as over a slower network.

How it works: a client that supports proxies (both SDKs do) names its origin in the first line, by CONNECT for https,
whose TLS then passes through untouched, or in absolute form for http, which every origin must accept (RFC 9112, 3.2.2).
From then on each piece is written to the other side when it is due,

    due = max(due of the piece before, end of its sending + delay ± jitter)

where the link sends one piece after the other at `rate`. Opening a connection costs a round trip, as TCP's handshake
would. Loss is not simulated: TCP turns it into delay. Cost: a thread, 50 µs of CPU per piece of up to 4 KB.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import threading
from urllib.parse import urlsplit

from reznet_load.core.settings.networks import Network
from reznet_load.probes.probe import ProbeError

_PIECE = 4096  # bytes read at once: 4 ms of the slowest link
_IN_FLIGHT = 256  # pieces in transit per connection; then its sender has to wait, as in TCP
START_SECONDS = 10.0  # starting a thread and binding a port take a millisecond, on a busy machine longer
_HEAD_BYTES, _HEAD_SECONDS = 65_536, 10.0
_ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"
_UNREACHABLE = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class DelayedLink:
    """One direction of a network: computes when data sent now arrive. Times by the loop's clock."""

    def __init__(self, network: Network, seed: int) -> None:
        self._network = network
        self._rng = random.Random(seed)
        self._free_at = 0.0

    def due(self, size: int, now: float) -> float:
        """When `size` bytes, passed to the link at `now`, arrive."""
        network = self._network
        sent = max(self._free_at, now) + (size / network.rate if network.rate else 0.0)
        self._free_at = sent
        return sent + network.delay + self._rng.uniform(-network.jitter, network.jitter)


class DelayingProxy:
    """`with DelayingProxy(network) as url:` runs an HTTP proxy during the block, in a thread of its own.

    Raises ProbeError if it does not listen within START_SECONDS, with the reason if there is one.
    """

    def __init__(self, network: Network, seed: int = 47) -> None:
        self._up = DelayedLink(network, seed)
        self._down = DelayedLink(network, seed + 1)
        self._round_trip = 2 * network.delay
        self._loop: asyncio.AbstractEventLoop
        self._stop: asyncio.Event
        self._started = threading.Event()
        self._port = 0
        self._failure = "its thread ended"
        self._thread = threading.Thread(target=self._run, name="delaying-proxy", daemon=True)

    def __enter__(self) -> str:
        self._thread.start()
        if not self._started.wait(START_SECONDS):
            raise ProbeError(f"the proxy that simulates a network did not listen within {START_SECONDS:.0f} s")
        if not self._port:
            raise ProbeError(f"the proxy that simulates a network could not be started: {self._failure}")
        return f"http://127.0.0.1:{self._port}"

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except OSError as error:  # no free descriptor for a socket
            self._failure = error.strerror or str(error)
        finally:
            self._started.set()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        server = await asyncio.start_server(self._serve_client, "127.0.0.1", 0)
        self._port = server.sockets[0].getsockname()[1]
        self._started.set()
        await self._stop.wait()
        server.close()  # open connections end with the loop

    async def _serve_client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Errors of a task that is cancelled when the proxy ends: nothing waits for it, and asyncio would only report
        # them.
        over = (OSError, EOFError, ValueError, asyncio.LimitOverrunError, TimeoutError, asyncio.CancelledError)
        with contextlib.suppress(*over):
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), _HEAD_SECONDS)
            tunnel, host, port = origin_of(head)
            try:
                far_reader, far_writer = await asyncio.open_connection(host, port)
            except OSError:
                writer.write(_UNREACHABLE)
                await writer.drain()
                writer.close()
                return
            await asyncio.sleep(self._round_trip)
            if tunnel:
                writer.write(_ESTABLISHED)
            first = b"" if tunnel else head
            await asyncio.gather(
                self._relay(reader, far_writer, self._up, first), self._relay(far_reader, writer, self._down, b"")
            )
        writer.close()

    async def _relay(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, link: DelayedLink, first: bytes
    ) -> None:
        """Forward pieces of `source` to `sink`, each when it is due; also its end, or a broken connection."""
        under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(_IN_FLIGHT)
        writing = asyncio.create_task(self._deliver(under_way, sink))
        try:
            piece = first
            while not writing.done():
                if piece:
                    await under_way.put((link.due(len(piece), self._loop.time()), piece))
                try:
                    piece = await source.read(_PIECE)
                except OSError:
                    piece = b""
                if not piece:
                    break
            await under_way.put((link.due(0, self._loop.time()), b""))
            await writing
        finally:
            writing.cancel()

    async def _deliver(self, under_way: asyncio.Queue[tuple[float, bytes]], sink: asyncio.StreamWriter) -> None:
        """Deliver in the order they were sent, none before it is due; an empty piece is the end."""
        with contextlib.suppress(OSError):
            while True:
                due, piece = await under_way.get()
                await asyncio.sleep(max(0.0, due - self._loop.time()))
                if not piece:
                    break
                sink.write(piece)
                await sink.drain()
        sink.close()
        while not under_way.empty():
            under_way.get_nowait()


def origin_of(head: bytes) -> tuple[bool, str, int]:
    """(tunnel or not, host, port) that the first line of a request to a proxy names. Raises ValueError."""
    method, target, _ = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ")
    tunnel = method == "CONNECT"
    parts = urlsplit(f"//{target}" if tunnel else target)
    if not parts.hostname or (not tunnel and parts.scheme != "http"):
        raise ValueError(f"no origin in {target!r}")
    return tunnel, parts.hostname, parts.port or (443 if tunnel else 80)
