"""The generator's own error, measured on its loop with a process that sends its sending time."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
import time

import psutil

PREAMBLE = """
import json, sys, time
import gevent.monkey
gevent.monkey.patch_all()
import gevent, psutil
from reznet_load.load.generator.calibration import calibrate

class Recorder:
    seen = []
    def gauge(self, row, value):
        assert (row.key, row.unit) == ("GAUGE calibration error", "ms")
        self.seen.append(value)

def wait(count):
    limit = time.monotonic() + 20
    while len(Recorder.seen) < count and time.monotonic() < limit:
        gevent.sleep(0.01)

def tell(**more):
    print(json.dumps({"seen": Recorder.seen, "children": [c.pid for c in psutil.Process().children()]} | more))
"""


def run(script: str) -> dict[str, list[float]]:
    """What `script` tells."""
    command = [sys.executable, "-c", PREAMBLE + textwrap.dedent(script)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


def test_calibration_shows_a_blocked_loop_but_not_an_idle_one_or_a_stopped_peer() -> None:
    found = run("""
    import os, signal
    gevent.spawn(calibrate, Recorder())
    wait(8)
    idle = sorted(Recorder.seen)
    Recorder.seen.clear()
    pid = psutil.Process().children()[0].pid
    os.kill(pid, signal.SIGSTOP)
    gevent.sleep(0.5)
    os.kill(pid, signal.SIGCONT)
    wait(8)
    slow = sorted(Recorder.seen)
    Recorder.seen.clear()
    while len(Recorder.seen) < 3:
        until = time.perf_counter() + 0.2
        while time.perf_counter() < until:
            pass  # whatever came meanwhile waits; one beat at least in each 150 ms
        gevent.sleep(0.001)
    tell(idle=idle, slow=slow)
    """)
    assert 0 <= found["idle"][4] < 10, found["idle"]
    assert 0 <= found["slow"][4] < 10 and found["slow"][-1] < 400, found["slow"]
    assert max(found["seen"]) > 40, found["seen"]


def test_the_calibration_process_ends_with_the_generator_and_logs_an_early_end() -> None:
    child = run("gevent.spawn(calibrate, Recorder())\nwait(1)\ntell()")["children"][0]
    limit = time.monotonic() + 10
    while psutil.pid_exists(int(child)):
        assert time.monotonic() < limit
        time.sleep(0.02)
    script = """
    import logging
    logging.basicConfig(stream=sys.stdout)
    calibrate(Recorder(), (sys.executable, "-c", "raise SystemExit(7)"))
    """
    command = [sys.executable, "-c", PREAMBLE + textwrap.dedent(script)]
    said = subprocess.run(command, capture_output=True, text=True, timeout=60).stdout
    assert "calibration ended: its process left with code 7" in said


def test_time_without_a_core_is_measured() -> None:
    """Two threads of work on one core: each is ready and has none half of the time."""
    script = """
import os, subprocess, sys, time
from reznet_load.core.system.run_queue import without_a_core

os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
other = subprocess.Popen([sys.executable, "-c", "while True: pass"])
before, began = without_a_core(), time.monotonic()
while time.monotonic() - began < 10 and without_a_core() - before < 0.1:
    pass
other.kill()
other.wait()
print(without_a_core() - before >= 0.1)
"""
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert ended.stdout.strip().endswith("True"), ended.stderr


def test_a_collection_without_a_core_records_how_long_it_waited() -> None:
    """Two processes on one core: while the other one runs, the collection stands still."""
    script = """
import gc, os, subprocess, sys, time
from reznet_load.load.generator.self_watch import SelfWatch

os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})

class Recorder:
    seen = {}
    def gauge(self, row, value, at):
        self.seen.setdefault(row.key, []).append((at, value))

watch = SelfWatch(Recorder(), None, None, None)
gc.callbacks.append(watch.on_gc)
held = [[number] for number in range(300_000)]
other = subprocess.Popen([sys.executable, "-c", "while True: pass"])
limit, found = time.monotonic() + 30, False
while not found and time.monotonic() < limit:
    Recorder.seen.clear()
    gc.collect()
    ((at, took),), ((same, waited),) = Recorder.seen["GAUGE gc pause"], Recorder.seen["GAUGE gc without a core"]
    assert at == same and 0 <= waited <= took + 1, (took, waited)
    found = waited > 0.2 * took
other.kill()
other.wait()
print(found)
"""
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert ended.stdout.strip().endswith("True"), ended.stderr
