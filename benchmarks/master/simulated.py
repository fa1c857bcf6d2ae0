"""Simulated workers, many in one process: `python -m benchmarks.master.simulated PORT WORKERS RATE PARTS SETTINGS SEED`.

Each is a real `WorkerRunner` of Locust's with a connection of its own, idle users and our real outbox; synthetic are the
samples and Locust's reports of them alone. PARTS: `idle` ships neither, `reports` Locust's alone, `whole` both.
Prints a JSON line at its end, which is a SIGTERM.
"""

from __future__ import annotations

import json
import signal
import sys
import time
from typing import Any

import gevent
from gevent.event import Event
from locust import User, constant, task
from locust.env import Environment
from locust.rpc import Message
from locust.runners import WorkerRunner

from benchmarks.master.synthetic import LocustReports, SyntheticRecorder
from reznet_load.core.kinds import KINDS
from reznet_load.core.settings.settings import from_environment
from reznet_load.core.system.descriptors import raise_limit
from reznet_load.load.locust_clock import use_run_clock
from reznet_load.load.record import use_fine_buckets
from reznet_load.load.samples.shipping import BLOCK, Outbox
from reznet_load.load.workers.clocks import answer_clock
from reznet_load.load.workers.default_options import keep_default_options
from reznet_load.load.workers.joining import join_master
from reznet_load.load.workers.serving import BEGIN
from reznet_load.load.workers.terms import Terms, terms_of

KIND = "rest"


class _Idle(User):
    abstract = True
    wait_time = constant(3600)

    @task
    def nothing(self) -> None:
        """Its samples are synthetic."""


class CountingRunner(WorkerRunner):
    """Counts what it ships; `stopped`: when the master asked it to stop, s since the epoch."""

    def __init__(self, environment: Environment, port: int) -> None:
        self.blocks = self.bytes_of_blocks = self.bytes_of_reports = 0
        self.stopped = 0.0
        super().__init__(environment, "127.0.0.1", port)

    def send_message(self, msg_type: str, data: Any = None, client_id: str | None = None) -> None:
        """As Locust's, counted."""
        if msg_type == BLOCK:
            self.blocks = max(self.blocks, data["number"])
            self.bytes_of_blocks += len(Message(msg_type, data, self.client_id).serialize())
        super().send_message(msg_type, data, client_id)

    def handle_message(self, msg: Message) -> None:
        """As Locust's, with the time of the stop."""
        if msg.type == "stop":
            self.stopped = self.stopped or time.time()
        super().handle_message(msg)


class SimulatedWorker:
    """One worker."""

    def __init__(self, port: int, rate: int, reports: LocustReports | None, terms: Terms, seed: int) -> None:
        """`rate` of the samples it ships, `reports` that it sends; 0 and None: none."""
        user = type(KINDS[KIND].user.split(":")[1], (_Idle,), {})
        self.environment = environment = Environment(user_classes=[user])
        self.runner = runner = CountingRunner(environment, port)
        environment.runner = runner
        self.recorder = SyntheticRecorder(rate, seed)
        self._reports = reports
        self._on = False
        environment.events.report_to_master.add_listener(self._report)
        environment.events.test_start.add_listener(self._start)
        environment.events.test_stop.add_listener(self._stop)
        outbox = Outbox(runner, self.recorder)  # type: ignore[arg-type]  # what it uses of a Recorder
        answer_clock(runner)
        runner.register_message(BEGIN, lambda **_: None)
        join_master(runner, terms, lambda _: None)
        gevent.spawn(outbox.run)

    def _start(self, **_: Any) -> None:
        if not self._on:
            self._on = True
            self.recorder.start()

    def _stop(self, **_: Any) -> None:
        self._on = False
        self.recorder.stop()

    def _report(self, client_id: str, data: dict[str, Any]) -> None:
        if self._on and self._reports is not None:
            report, size = self._reports.take()
            data.update(report)
            self.runner.bytes_of_reports += size


def main() -> None:
    """Connect all, serve until SIGTERM: after the stop of a run that is over a master quits none of its workers."""
    over = Event()
    gevent.signal_handler(signal.SIGTERM, over.set)
    port, workers, rate, parts, settings, seed = sys.argv[1:]
    raise_limit()
    use_run_clock()
    keep_default_options()
    use_fine_buckets()
    users = [name.split(":")[1] for kind in KINDS.values() for name in kind.classes]
    terms = terms_of(from_environment(settings), users)
    began = time.process_time(), time.monotonic()
    reports = LocustReports(int(rate), int(seed)) if parts != "idle" else None
    samples = int(rate) if parts == "whole" else 0
    all_of_them = [
        SimulatedWorker(int(port), samples, reports, terms, 1000 * int(seed) + number) for number in range(int(workers))
    ]
    over.wait()
    runners = [one.runner for one in all_of_them]
    print(json.dumps({
        "samples": sum(one.recorder.sent for one in all_of_them),
        "blocks": sum(one.blocks for one in runners),
        "bytes_of_blocks": sum(one.bytes_of_blocks for one in runners),
        "bytes_of_reports": sum(one.bytes_of_reports for one in runners),
        "stopped": min((one.stopped for one in runners if one.stopped), default=0.0),
        "cpu": (time.process_time() - began[0]) / (time.monotonic() - began[1]),
    }))  # fmt: skip


if __name__ == "__main__":
    main()
