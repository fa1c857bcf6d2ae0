"""Samples sent by workers over a connection that loses, repeats and reorders: nothing that was sent is lost."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

PREAMBLE = """
import gc, json, random, struct, sys, types
from pathlib import Path
from locust.env import Environment
from reznet_load.core.rows import named
from reznet_load.core.measured.measurement import RECORD
from reznet_load.load.samples import files as sample_files
from reznet_load.load.samples import shipping
from reznet_load.load.record import Recorder

shipping.DRAIN_SECONDS = shipping.RETURN_SECONDS = 0.3
rng = random.Random(int(sys.argv[2]))

class Line:
    "Both runners: a message may be lost, come twice, or wait for a later one."
    def __init__(self, lossy):
        self.handlers, self.clients, self.held, self.lossy = {"stats": lambda **_: None}, {}, [], lossy  # Locust's own
        self.client_id = "w1"
        self.environment = Environment()
        self.peer = None
    def register_message(self, name, handler):
        self.handlers[name] = handler
    def send_message(self, name, data=None, client_id=None):
        chance = rng.random() if self.lossy else 1
        if chance < 0.2:
            return
        self.held.append((name, data))
        if chance < 0.4:
            self.held.append((name, data))
        if chance < 0.6:
            return
        rng.shuffle(self.held)
        held, self.held = self.held, []
        for name, data in held:
            self.peer.handlers[name](environment=None, msg=types.SimpleNamespace(data=data, node_id="w1"))

folder = Path(sys.argv[1])
(folder / "samples").mkdir()
worker, master = Line(True), Line(True)
worker.peer, master.peer = master, worker
master.clients["w1"] = True
recorder = Recorder(worker.environment)
files = sample_files.SampleFiles()
files.open(folder, "master")
outbox, inbox = shipping.Outbox(worker, recorder), shipping.Inbox(master, files)
"""


def run(folder: Path, seed: int, script: str) -> Any:
    """What `script` prints as JSON."""
    folder.mkdir()
    command = [sys.executable, "-c", PREAMBLE + textwrap.dedent(script), str(folder), str(seed)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


def test_a_bad_connection_loses_nothing_if_the_drain_succeeds(tmp_path: Path) -> None:
    found = run(tmp_path / "run", 1, """
    for number in range(300):
        recorder.gauge(named(f"GAUGE row {number % 7}"), number, at=float(number))
        if number % 3 == 0:
            outbox._ship()
    worker.lossy = master.lossy = False  # and at the end every message comes through
    cautions = inbox.drain()
    packed = (folder / "samples" / "w1.bin").read_bytes()
    values = sorted(RECORD.unpack_from(packed, at)[1] for at in range(0, len(packed), RECORD.size))
    names = [json.loads(line)["row"] for line in (folder / "samples" / "w1.names.jsonl").read_text().splitlines()]
    print(json.dumps({"values": values, "names": sorted(names), "cautions": [c.id for c in cautions]}))
    """)  # fmt: skip
    assert found == {"values": list(range(300)), "names": list(range(7)), "cautions": []}


def test_a_worker_that_dies_loses_what_it_had_not_shipped_and_voids_the_run(tmp_path: Path) -> None:
    found = run(tmp_path / "run", 1, """
    worker.lossy = master.lossy = False
    for number in range(100):
        recorder.gauge(named("GAUGE row"), number, at=float(number))
        if number == 89:
            outbox._ship()
    worker.handlers.clear()
    worker.handlers.update(dict.fromkeys(("reznet_drain", "reznet_acknowledge"), lambda **_: None))
    master.clients.clear()
    (caution,) = inbox.drain()
    packed = (folder / "samples" / "w1.bin").read_bytes()
    print(json.dumps([len(packed) // RECORD.size, caution.id, caution.void, caution.text]))
    """)  # fmt: skip
    assert found[:3] == [90, "samples_missing_w1", True] and "at most its last report" in found[3]


def test_blocks_that_never_come_are_counted(tmp_path: Path) -> None:
    found = run(tmp_path / "run", 1, """
    worker.lossy = master.lossy = False
    for number in range(5):
        recorder.gauge(named("GAUGE row"), number, at=float(number))
        if number == 2:
            kept, worker.send_message = worker.send_message, lambda *_: None
            outbox._ship()
            worker.send_message = kept
            outbox._unacknowledged.clear()  # as if its memory of it were gone
        else:
            outbox._ship()
    (caution,) = inbox.drain()
    print(json.dumps([caution.void, caution.text]))
    """)  # fmt: skip
    assert found == [False, "Worker w1 did not deliver 1 of 5 blocks."]
