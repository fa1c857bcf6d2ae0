"""One client in the conversation: `clients.py KIND PORT`; prints what it saw as JSON, `events` as [name, data] in order.

`ours` and `ours_plain` also print what was negotiated and the bytes received.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Callable
from typing import Any

TEXT = "Größe: " + "words that repeat, words that repeat, " * 20  # long enough to go out deflated
SENT, PING = {"channel_id": "c", "content": TEXT}, {"timestamp": 7}
CLOSED = ["closed", None]
PATH = "/socket.io/?EIO=4&transport=websocket"


def opened(name: str, data: Any) -> list[Any]:
    """An event with its attachment unpacked."""
    return [name.removesuffix(":gz"), json.loads(gzip.decompress(data)) if name.endswith(":gz") else data]


def raw(receive: Callable[[], str | bytes], send: Callable[[str], Any]) -> list[list[Any]]:
    """Engine.IO and Socket.IO by hand. `receive` raises ConnectionError at the end."""
    seen: list[list[Any]] = []
    waiting = ""
    while True:
        try:
            payload = receive()
        except ConnectionError:
            return [*seen, CLOSED]
        if isinstance(payload, bytes):
            seen.append(opened(waiting, payload))
            send("42" + json.dumps(["ping", PING]))
        elif payload.startswith("451-"):
            waiting = json.loads(payload[4:])[0]
        elif payload.startswith("42"):
            seen.append(opened(*json.loads(payload[2:])))
        elif payload.startswith("40"):
            send("42" + json.dumps(["message_send", SENT]))
        elif payload in ("1", "41"):  # python-socketio leaves the closing to the client
            return [*seen, CLOSED]
        elif payload[0] in "02":
            send("40" if payload[0] == "0" else "3")


def websocket_client(port: int) -> dict[str, Any]:
    import websocket

    client = websocket.create_connection(f"ws://127.0.0.1:{port}{PATH}", timeout=10)

    def receive() -> str | bytes:
        opcode, data = client.recv_data()
        if opcode == websocket.ABNF.OPCODE_CLOSE:
            raise ConnectionError
        return data.decode() if opcode == websocket.ABNF.OPCODE_TEXT else data

    return {"events": raw(receive, client.send)}


def websockets(port: int) -> dict[str, Any]:
    from websockets.exceptions import ConnectionClosed
    from websockets.sync.client import connect

    with connect(f"ws://127.0.0.1:{port}{PATH}", compression="deflate", proxy=None) as client:

        def receive() -> str | bytes:
            try:
                return client.recv(timeout=10)
            except ConnectionClosed:
                raise ConnectionError from None

        return {"events": raw(receive, client.send)}


def python_socketio(port: int) -> dict[str, Any]:
    import socketio

    client, seen = socketio.Client(reconnection=False), []
    trigger = client.eio._trigger_event

    def in_order(name: str, *args: Any, **_: Any) -> Any:
        """A thread an event, its usual way, loses their order; only the disconnect joins the reader's thread."""
        return trigger(name, *args, run_async=args == ("1",))

    client.eio._trigger_event = in_order

    def on_event(name: str, data: Any) -> None:
        seen.append(opened(name, data))
        if name.endswith(":gz"):
            client.emit("ping", PING)

    client.on("*", on_event)
    client.connect(f"http://127.0.0.1:{port}", transports=["websocket"])
    client.emit("message_send", SENT)
    client.wait()
    return {"events": [*seen, CLOSED]}


def ours(port: int, compression: bool = True) -> dict[str, Any]:
    import locust  # noqa: F401, I001  # patches the interpreter as in a run
    import gevent

    from reznet_load.chat.dialect import Emit
    from reznet_load.core.settings.settings import Timeouts
    from reznet_load.load.sockets.reactor import Reactor
    from reznet_load.load.sockets.session import Access, Session

    reactor, seen, ended = Reactor(), [], gevent.event.Event()
    session = Session(reactor, Access(f"http://127.0.0.1:{port}", compression=compression), Timeouts())
    session.wanted = {b"r1"}

    def listen(event: Any, at: float) -> None:
        seen.append([event.name, event.data])
        if event.data.get("id") == "r2":
            session.emit(Emit("ping", PING))

    def lost(reason: str, at: float) -> None:
        assert reason == "disconnected: the server ended the session", reason
        ended.set()

    session.listen, session.on_lost = listen, lost
    session.open()
    share = reactor.compressed_share()
    session.emit(Emit("message_send", SENT))
    closed = [CLOSED] if ended.wait(10) else []
    counts, first = reactor.take_counts(), session._framed(TEXT.encode())[0]
    return {
        "events": [*seen, *closed],
        "share": share,
        "wire": counts.wire_bytes,
        "plain": counts.plain_bytes,
        "rsv1": bool(first & 0x40),
    }


def ours_plain(port: int) -> dict[str, Any]:
    return ours(port, compression=False)


KINDS = {one.__name__: one for one in (websocket_client, websockets, python_socketio, ours, ours_plain)}

if __name__ == "__main__":
    print(json.dumps(KINDS[sys.argv[1]](int(sys.argv[2]))))
