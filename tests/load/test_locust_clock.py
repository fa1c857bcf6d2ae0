"""Locust uses the run's clock in our processes: a step of the wall clock ends and stalls nothing."""

from __future__ import annotations

from tests.load.test_record import run

PREAMBLE = """
import time, types
from locust import runners, stats
from locust.env import Environment
from locust.rpc import Message
from reznet_load.core.system import clock
from reznet_load.load.locust_clock import use_run_clock

use_run_clock()
real, ahead = time.time, [0.0]
time.time = lambda: real() + ahead[0]
"""


def test_a_clock_step_makes_a_worker_neither_leave_its_master_nor_drop_a_spawn() -> None:
    script = """
worker = runners.WorkerRunner.__new__(runners.WorkerRunner)
worker.environment = Environment()
worker.client_id, worker.custom_messages, worker.ended = "w1", {}, []
worker.quit = lambda: worker.ended.append("quit")
taken = []
worker.client = types.SimpleNamespace(send=lambda message: taken.append(message.type))
worker.handle_message(Message("heartbeat", None, "w1"))
before = runners.time.time()
out = []
for step in (3600, -3600, -30, -5):
    ahead[0] = step
    stale = worker.last_heartbeat_timestamp < runners.time.time() - runners.MASTER_HEARTBEAT_TIMEOUT
    out.append((stale, runners.time.time() >= before, abs(stats.time.time() - clock.now()) < 1))
print(out == [(False, True, True)] * 4, runners.time.sleep is time.sleep)
"""
    assert run(PREAMBLE + script) == "True True"


def test_requests_a_second_are_counted_by_the_runs_clock() -> None:
    script = """
environment = Environment()
environment.create_local_runner()
for second in range(3):
    ahead[0] -= 1000.0
    environment.stats.log_request("GET", "/", 5.0, 0)
entry = environment.stats.entries["/", "GET"]
print(len(entry.num_reqs_per_sec) <= 2, abs(entry.last_request_timestamp - clock.now()) < 1, entry.total_rps < 1e6)
"""
    assert run(PREAMBLE + script) == "True True True"


def test_every_locust_module_that_reads_the_wall_clock_is_known() -> None:
    """A new Locust that reads the wall clock elsewhere fails here and must be checked."""
    script = """
import re
from pathlib import Path
import locust
home = Path(locust.__file__).parent
asking = {str(path.relative_to(home)) for path in home.rglob("*.py") if re.search(r"\\btime\\.time\\(", path.read_text())
          and "test" not in path.parts}
contrib = {name for name in asking if name.startswith("contrib/") and name != "contrib/fasthttp.py"}
print(sorted(asking - contrib))
"""
    assert run(script) == str(
        ["clients.py", "contrib/fasthttp.py", "event.py", "main.py", "runners.py", "stats.py", "user/users.py"]
    )


def test_a_master_that_is_only_silent_is_not_given_up() -> None:
    """A port that accepts connections and sends nothing belongs to a machine that stands still, not to one that is
    gone.
    """
    script = """
import socket
from reznet_load.core.system.machine import free_port
from reznet_load.load.workers.master_watch import refuses
with socket.create_server(("127.0.0.1", 0)) as silent:
    here = refuses("127.0.0.1", silent.getsockname()[1])
print(here, refuses("127.0.0.1", free_port()))
"""
    assert run(PREAMBLE + script) == "False True"
