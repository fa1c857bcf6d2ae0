"""Open arrivals that are still waiting for an answer when a run ends."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import gevent.monkey
gevent.monkey.patch_all()
import gevent, socket, time
from types import SimpleNamespace
from reznet_load.core.settings.arrivals import Arrivals
from reznet_load.core.settings.settings import Settings
from reznet_load.dialects.reznet import V2
from reznet_load.load.arrivals import OpenArrivals
from reznet_load.load.sockets.session import Access

silent = socket.create_server(("127.0.0.1", 0))  # takes connections and never answers
host = f"http://127.0.0.1:{silent.getsockname()[1]}"
seen = []
recorder = SimpleNamespace(record=seen.append, gauge=lambda *_: None)
shared = SimpleNamespace(
    settings=Settings(host=host, arrivals=Arrivals(50, "constant")), recorder=recorder, dialect=V2, tls=None,
    stopping=False, paired=None, access=lambda _: Access(host),
)
arrivals = OpenArrivals(None, shared)
arrivals.start()
limit = time.monotonic() + 20
while len(arrivals._pool) < 11 and time.monotonic() < limit:
    gevent.sleep(0.01)  # one more than is counted: the youngest may not have begun
shared.stopping = True
assert not seen
arrivals.end()
assert len(seen) >= 10 and not len(arrivals._pool), seen
assert all(one.error == "cut off" and one.name.endswith("(arrivals)") and one.value > 0 for one in seen), seen
assert max(one.value for one in seen) >= 150, seen
"""


def test_calls_still_waiting_at_the_end_are_cut_off_with_their_time_so_far() -> None:
    ended = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stderr
