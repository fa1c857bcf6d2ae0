"""A process with TCP relays in front of the backend's servers. A relay can be cut off, made to hang, and restored.

`python -m reznet_load.target.servers.relay '{"redis": ["127.0.0.1", 6379]}'` prints the ports as one line of JSON. The
control port accepts the lines `cut redis`, `hang redis` and `give-back redis`, and answers each with `done`. Cost: one
copy of each byte, about 5 % of a core with the default load of 50 users, in a process that is not judged.
"""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import sys
from contextlib import suppress

import uvloop

_PIECE = 65_536
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close with RST, like a server that crashes


class Relay:
    """A port on loopback that forwards connections to `upstream`."""

    def __init__(self, upstream: tuple[str, int]) -> None:
        self._upstream = upstream
        self._writers: set[asyncio.StreamWriter] = set()
        self._flows = asyncio.Event()
        self._flows.set()
        self._server: asyncio.Server | None = None
        # The port is bound but not listened on: while the relay is cut off, connections are refused, and no other
        # program can take the port.
        self._held = _bound(0)
        self.port: int = self._held.getsockname()[1]

    async def give_back(self) -> None:
        """Forward connections, at the start and after `cut` or `hang`."""
        self._flows.set()
        if self._server is None:
            self._server = await asyncio.start_server(self._lead, sock=_bound(self.port))

    async def cut(self) -> None:
        """Reset open connections and refuse new ones."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in list(self._writers):
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            writer.transport.abort()

    async def hang(self) -> None:
        """Keep every connection, accept new ones, and forward nothing."""
        self._flows.clear()

    async def _lead(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        await self._flows.wait()
        try:
            beyond, onward = await asyncio.open_connection(*self._upstream)
        except OSError:
            writer.transport.abort()
            self._writers.discard(writer)
            return
        self._writers.add(onward)
        await asyncio.gather(self._copy(reader, onward), self._copy(beyond, writer))
        self._writers -= {writer, onward}

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while piece := await reader.read(_PIECE):
                await self._flows.wait()
                writer.write(piece)
                await writer.drain()
        writer.close()


def _bound(port: int) -> socket.socket:
    found = socket.socket()
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    found.bind(("127.0.0.1", port))
    return found


async def serve(upstreams: dict[str, tuple[str, int]]) -> None:
    """Run a relay for each of `upstreams` (name -> host and port) until the process is ended."""
    relays = {name: Relay(upstream) for name, upstream in upstreams.items()}
    for relay in relays.values():
        await relay.give_back()

    async def obey(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            verb, _, name = line.decode(errors="replace").strip().partition(" ")
            relay = relays.get(name)
            act = {"cut": relay.cut, "hang": relay.hang, "give-back": relay.give_back}.get(verb) if relay else None
            if act:
                await act()
            writer.write(b"done\n" if act else b"unknown\n")
            await writer.drain()
        writer.close()

    control = await asyncio.start_server(obey, "127.0.0.1", 0)
    ports = {name: relay.port for name, relay in relays.items()}
    print(json.dumps({"control": control.sockets[0].getsockname()[1], "ports": ports}), flush=True)
    await control.serve_forever()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        uvloop.run(serve({name: tuple(upstream) for name, upstream in json.loads(sys.argv[1]).items()}))
