"""One client process: opens its sockets, hears events, prints how many and for how much CPU time (JSON).

    python -m benchmarks.sockets.clients KIND PORT SOCKETS WARM SECONDS

CPU time is the process' own, user and system, of the SECONDS after WARM: neither imports nor handshakes count.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import locust  # noqa: F401  # patches the interpreter as in a run

import gevent  # isort: skip
import psutil

from benchmarks.sockets.traffic import IDS

TICK = 0.05  # seconds
# Share of the users in a turn: in the standard mix 14 of 50 ask at all, here each of them always has a question open; in
# a run 7 of 50 have (200 turns a minute of 2 s each).
ASKING = 14 / 50
_AWAITING = ExitStack()  # until the process ends
Counter = Callable[[], int]


def socketio_user(port: int, sockets: int) -> Counter:
    """Locust's own SocketIOUser as it comes, events recorded by a local runner's statistics."""
    from locust.contrib.socketio import SocketIOUser
    from locust.env import Environment

    class Listener(SocketIOUser):
        abstract = False

    environment = Environment(user_classes=[Listener])
    environment.create_local_runner()
    users = [Listener(environment) for _ in range(sockets)]
    for user in users:
        user.sio.connect(f"http://127.0.0.1:{port}", transports=["websocket"])
    return lambda: environment.stats.total.num_requests


def websocket_client(port: int, sockets: int) -> Counter:
    """websocket-client, a greenlet a socket; it decodes text and looks at nothing."""
    import websocket

    heard = [0] * sockets

    def listen(number: int, client: websocket.WebSocket) -> None:
        while True:
            client.recv()
            heard[number] += 1

    for number in range(sockets):
        client = websocket.create_connection(f"ws://127.0.0.1:{port}/socket.io/?EIO=4&transport=websocket")
        client.recv()
        client.send("40")
        client.recv()
        gevent.spawn(listen, number, client)
    return lambda: sum(heard)


def ours(port: int, sockets: int, compression: bool = False, asking: float = ASKING) -> Counter:
    """Reactor and Session; of the users the part `asking` is in the midst of a turn, one of the streams is its reply."""
    from reznet_load.chat.dialect import Conversation, Event
    from reznet_load.chat.turn import Turn
    from reznet_load.core.settings.settings import Timeouts
    from reznet_load.dialects.reznet import V1
    from reznet_load.load.sockets.reactor import Reactor
    from reznet_load.load.sockets.session import Access, Session

    reactor = Reactor()
    access = Access(f"http://127.0.0.1:{port}", compression=compression)
    for number in range(sockets):
        session, asked = Session(reactor, access, Timeouts()), time.perf_counter()
        session.open()
        if (number + 1) * asking // 1 == number * asking // 1:
            continue
        _AWAITING.enter_context(session.awaiting())
        turn = Turn(V1.ask(Conversation("own", agent="qa"), "@qa hi")[1], asked, Timeouts())
        said = {"channel_id": "own", "author_type": "user", "content": "@qa hi", "id": "q"}
        turn.hear(V1, Event("message_new", said), asked)
        reply = {"channel_id": "own", "author_type": "agent", "author_name": "@qa", "id": IDS[number % len(IDS)]}
        turn.hear(V1, Event("message_new", reply), asked)
        session.listen, session.wanted = _listener(session, turn, V1), turn.own.wants
    assert reactor.compressed_share() == (100 if compression else 0)
    return lambda: reactor.counts.messages


def _listener(session: object, turn: object, dialect: object) -> Callable:
    """What a user does with an event."""

    def listen(event: object, at: float) -> None:
        turn.hear(dialect, event, at)  # type: ignore[attr-defined]
        session.wanted = turn.own.wants  # type: ignore[attr-defined]

    return listen


def ours_compressed(port: int, sockets: int) -> Counter:
    """The same with permessage-deflate."""
    return ours(port, sockets, compression=True)


def ours_all_asking(port: int, sockets: int) -> Counter:
    """Everybody in the midst of a turn at once: no run has that, and nothing is left to read in rounds."""
    return ours(port, sockets, asking=1.0)


def ours_all_asking_compressed(port: int, sockets: int) -> Counter:
    """The same with permessage-deflate."""
    return ours(port, sockets, compression=True, asking=1.0)


KINDS: dict[str, Callable[[int, int], Counter]] = {
    "socketio_user": socketio_user,
    "websocket_client": websocket_client,
    "ours": ours,
    "ours_compressed": ours_compressed,
    "ours_all_asking": ours_all_asking,
    "ours_all_asking_compressed": ours_all_asking_compressed,
}


def main() -> None:
    """Open, warm up, count."""
    kind, port, sockets, warm, seconds = sys.argv[1], *map(int, sys.argv[2:4]), *map(float, sys.argv[4:6])
    count = KINDS[kind](port, sockets)
    gc.collect()
    gc.freeze()  # as a run's generators do
    gevent.sleep(warm)
    before, cpu, began = count(), time.process_time(), time.perf_counter()
    late = sorted(lags(began + seconds))
    cpu, took, events = time.process_time() - cpu, time.perf_counter() - began, count() - before
    found = {"events": events, "cpu": cpu, "seconds": took, "rss_mb": psutil.Process().memory_info().rss / 1e6}
    found |= {"lag_p50_ms": late[len(late) // 2], "lag_p99_ms": late[len(late) * 99 // 100], "lag_max_ms": late[-1]}
    print(json.dumps({name: round(value, 3) for name, value in found.items()}), flush=True)


def lags(until: float) -> Iterator[float]:
    """How late, in ms, a timer of TICK seconds fires, again and again."""
    while (before := time.perf_counter()) < until:
        gevent.sleep(TICK)
        yield (time.perf_counter() - before - TICK) * 1000


if __name__ == "__main__":
    main()
