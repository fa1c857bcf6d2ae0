"""What the door costs a REST call: `python benchmarks/rest.py [--seconds 12]`.

Twenty users without think time call one page through `RestUser.fetch`, and through a plain FastHttpUser with the same
checks (status, JSON, its shape): in turns of half a second in one process, against a server in another, which answers as
RezNet does, with `X-Process-Time` and `X-Query-Count`. What `fetch` records is recorded whole: samples, appended to a run
folder, the slowest operations, ids, and both headers. CPU of this process a request, the median over pairs of turns.
Last line: JSON, `vs_fast_http_user` is the ratio.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from reznet_load.core.rows import GET_AGENTS

USERS = 20
TURN_SECONDS = 0.5
BAR = 1.15
PATH = "/api/agents?active_only=true"
AGENTS = [
    {"id": f"00000000-0000-4000-8000-{number:012d}", "name": f"agent-{number}", "agent_type": "qa", "is_active": True}
    for number in range(6)
]


def serve() -> None:
    """Answer every request on a free port of loopback, printed first, with one page."""
    import asyncio

    body = json.dumps(AGENTS).encode()
    head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Process-Time: 1.24ms\r\nX-Query-Count: 1\r\n"
    answer = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body

    class Page(asyncio.Protocol):
        def connection_made(self, transport: Any) -> None:
            self.transport = transport

        def data_received(self, data: bytes) -> None:
            self.transport.write(answer * data.count(b"\r\n\r\n"))

    async def run() -> None:
        server = await asyncio.get_running_loop().create_server(Page, "127.0.0.1", 0)
        print(server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()

    asyncio.run(run())


def plain_calls(host: str) -> list[Callable[[], Any]]:
    """A call of each of USERS plain users, into Locust's own statistics."""
    from locust import FastHttpUser
    from locust.contrib.fasthttp import FAILURE_EXCEPTIONS
    from locust.env import Environment

    class PlainUser(FastHttpUser):
        insecure = False

        def fetch(self) -> Any:
            with self.client.get(PATH, name=GET_AGENTS.name, catch_response=True) as response:
                try:
                    response.raise_for_status()
                    body = response.json()
                except FAILURE_EXCEPTIONS:
                    return None
                except ValueError:
                    response.failure("not JSON")
                    return None
                if not isinstance(body, list):
                    response.failure("not a list")
                    return None
                return body

    environment = Environment(host=host)
    environment.create_local_runner()
    PlainUser.host = host
    return [PlainUser(environment).fetch for _ in range(USERS)]


def our_calls(host: str, folder: Path) -> tuple[list[Callable[[], Any]], Callable[[], None]]:
    """(a call of each of USERS users of ours, what writes their samples into `folder`)."""
    from locust.env import Environment

    from reznet_load.chat.prompts import load as load_prompts
    from reznet_load.core.folder import SAMPLES
    from reznet_load.core.settings.settings import Settings
    from reznet_load.load.channels import ChannelStore
    from reznet_load.load.record import Recorder
    from reznet_load.load.samples.files import SampleFiles, write_locally
    from reznet_load.load.samples.trace import Trace
    from reznet_load.load.sockets.reactor import Reactor
    from reznet_load.load.user_context import UserContext
    from reznet_load.load.workers.accounts import AccountPool
    from reznet_load.users import RestUser

    environment = Environment(host=host)
    runner = environment.create_local_runner()
    settings = Settings(host=host)
    recorder = Recorder(environment)
    environment.reznet = UserContext(
        settings=settings,
        recorder=recorder,
        reactor=Reactor(),
        channels=ChannelStore(settings, runner, recorder, True),
        prompts=load_prompts(None),
        accounts=AccountPool(),
        tls=None,
        trace=Trace(""),
    )
    (folder / SAMPLES).mkdir()
    files = SampleFiles()
    files.open(folder, "local")
    recorder.operations.start()
    RestUser.host = host
    users = [RestUser(environment) for _ in range(USERS)]
    calls = [lambda user=user: user.fetch(PATH, GET_AGENTS, list) for user in users]
    return calls, lambda: write_locally(recorder, files, "local")


def replaced() -> tuple[Callable[[], None], Callable[[], None]]:
    """(Locust as it ships, Locust as our runs have it): its buckets and its clock are replaced there, at a cost."""
    import locust.stats

    from reznet_load.load.locust_clock import TAKEN_OVER, use_run_clock
    from reznet_load.load.record import use_fine_buckets

    places = [(locust.stats, "bucket_response_time"), *((module, "time") for module in TAKEN_OVER)]

    def setter() -> Callable[[], None]:
        values = [getattr(module, name) for module, name in places]

        def act() -> None:
            for (module, name), value in zip(places, values, strict=True):
                setattr(module, name, value)

        return act

    shipped = setter()
    use_fine_buckets()
    use_run_clock()
    return shipped, setter()


def turn(calls: list[Callable[[], Any]], seconds: float) -> float:
    """Microseconds of this process' CPU a call, all `calls` at once, again and again for `seconds`."""
    import gevent

    until = time.perf_counter() + seconds
    done = 0

    def act(call: Callable[[], Any]) -> None:
        nonlocal done
        while time.perf_counter() < until:
            if not call():
                raise RuntimeError("a call failed: nothing to compare")
            done += 1

    used = time.process_time()
    gevent.joinall([gevent.spawn(act, call) for call in calls], raise_error=True)
    return (time.process_time() - used) / done * 1e6


def compare(host: str, folder: Path, seconds: float) -> dict[str, float]:
    """Both in turns; medians over the pairs."""
    calls, write = our_calls(host, folder)
    as_shipped, as_ours = replaced()

    def plain_turn() -> float:
        as_shipped()
        return turn(plain, TURN_SECONDS)

    def our_turn() -> float:
        as_ours()
        return turn(calls, TURN_SECONDS)

    plain = plain_calls(host)
    plain_turn(), our_turn()  # connections, caches
    pairs: list[tuple[float, float]] = []
    for number in range(int(seconds / TURN_SECONDS / 2)):
        if number % 2:
            other, mine = plain_turn(), our_turn()
        else:
            mine, other = our_turn(), plain_turn()
        pairs.append((other, mine))
        write()
    return {
        "vs_fast_http_user": round(statistics.median(mine / other for other, mine in pairs), 3),
        "micros_plain": round(statistics.median(other for other, _ in pairs), 1),
        "micros_fetch": round(statistics.median(mine for _, mine in pairs), 1),
        "pairs": len(pairs),
    }


def main() -> None:
    """Start the server, compare, print the bar and the JSON line."""
    parser = argparse.ArgumentParser(prog="rest.py")
    parser.add_argument("--seconds", type=float, default=12)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve()
        return
    with (
        subprocess.Popen([sys.executable, __file__, "--serve"], stdout=subprocess.PIPE, text=True) as server,
        tempfile.TemporaryDirectory(prefix="reznet-load-") as home,
    ):
        try:
            assert server.stdout is not None
            found = compare(f"http://127.0.0.1:{int(server.stdout.readline())}", Path(home), options.seconds)
        finally:
            server.terminate()
    met = "met" if found["vs_fast_http_user"] <= BAR else "MISSED"
    print(f"plain FastHttpUser {found['micros_plain']:6.1f} µs a request")
    print(f"RestUser.fetch     {found['micros_fetch']:6.1f} µs a request, at most {BAR} × wanted: {met}")
    print(json.dumps(found))


if __name__ == "__main__":
    main()
