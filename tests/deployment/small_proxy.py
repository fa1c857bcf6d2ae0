"""A real HTTP proxy in a thread: tunnels by CONNECT, to this machine whatever name is requested."""

from __future__ import annotations

import base64
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field


@dataclass
class SmallProxy:
    """`url`; `asked`: each `host:port` of a CONNECT; `heard`: the first bytes of requests other than CONNECT."""

    port: int
    asked: list[str] = field(default_factory=list)
    heard: list[bytes] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def small_proxy(account: str = "", answer: bytes = b"") -> Iterator[SmallProxy]:
    """With `account` (`user:password`) it wants that; `answer` is given to each CONNECT in place of a tunnel."""
    with socket.create_server(("127.0.0.1", 0), backlog=200) as listening:
        proxy = SmallProxy(listening.getsockname()[1])

        def accept() -> None:
            with suppress(OSError):
                while True:
                    client, _ = listening.accept()
                    threading.Thread(target=_serve, args=(client, proxy, account, answer), daemon=True).start()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield proxy
        listening.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def _serve(client: socket.socket, proxy: SmallProxy, account: str, answer: bytes) -> None:
    with client, suppress(OSError):
        head = b""
        while b"\r\n\r\n" not in head:
            if not (data := client.recv(4096)):
                return
            head += data
        words = head.split(b" ", 2)
        if words[0] != b"CONNECT":
            proxy.heard.append(head[:200])
            client.sendall(b"HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n")
            return
        proxy.asked.append(words[1].decode())
        wanted = b"Proxy-Authorization: Basic " + base64.b64encode(account.encode())
        if account and wanted not in head:
            client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
        elif answer:
            client.sendall(answer)
        else:
            _tunnel(client, int(words[1].rpartition(b":")[2]))


def _tunnel(client: socket.socket, port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), 5) as server:
        server.settimeout(None)
        client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        back = threading.Thread(target=_copy, args=(server, client), daemon=True)
        back.start()
        _copy(client, server)
        back.join()


def _copy(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65_536):
            sink.sendall(data)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
