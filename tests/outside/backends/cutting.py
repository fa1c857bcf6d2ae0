"""Something in between that cuts a connection in the middle of an answer, as a proxy that restarts does."""

from __future__ import annotations

import select
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

_EVENTS = 10  # that come through before the cut: some are heads, the others text
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER of 0 s


@dataclass
class Cutter:
    """`url` in place of the server's; connections are cut while `cuts`, by a reset or by a plain close."""

    url: str
    resets: bool
    cuts: bool = True


@contextmanager
def cutting(url: str, resets: bool) -> Iterator[Cutter]:
    """A relay in front of `url`, while it runs."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        cutter = Cutter(f"http://127.0.0.1:{listening.getsockname()[1]}", resets)

        def accept() -> None:
            with suppress(OSError):
                while True:
                    client, _ = listening.accept()
                    threading.Thread(target=_serve, args=(client, url, cutter), daemon=True).start()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield cutter
        listening.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def _serve(client: socket.socket, url: str, cutter: Cutter) -> None:
    """Both ways in one thread: a thread that waits for `client` would keep it open."""
    parts = urlsplit(url)
    with client, socket.create_connection((parts.hostname, parts.port), 5) as server, suppress(OSError):
        others = {client: server, server: client}
        seen = 0
        while not (cutter.cuts and seen >= _EVENTS):
            for ready in select.select(list(others), [], [])[0]:
                if not (data := ready.recv(65_536)):
                    return
                others[ready].sendall(data)
                seen += data.count(b"data:") if ready is server else 0
        if cutter.resets:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
