"""Sends samples from workers to the master, in numbered blocks.

A worker keeps each block until the master has acknowledged it. At the end the master requests the rest and the totals
and waits at most `DRAIN_SECONDS`; what is missing then is a Caution with its count.
"""

from __future__ import annotations

import time
from typing import Any

import gevent
from locust.env import Environment
from locust.runners import MasterRunner, WorkerRunner

from reznet_load.core.folder import slug
from reznet_load.core.run import Caution
from reznet_load.load.record import Recorder
from reznet_load.load.samples.files import SampleFiles

SHIP_SECONDS = 1.0
DRAIN_SECONDS = 10.0
RETURN_SECONDS = 3.0
BLOCK, ACKNOWLEDGE, DRAIN, TOTAL = "reznet_block", "reznet_acknowledge", "reznet_drain", "reznet_total"


class Outbox:
    """A worker's side: sends what its recorder holds, keeps every block until it is acknowledged."""

    def __init__(self, runner: WorkerRunner, recorder: Recorder) -> None:
        self._runner = runner
        self._recorder = recorder
        self._unacknowledged: dict[int, dict[str, Any]] = {}
        self._number = 0
        runner.register_message(ACKNOWLEDGE, self._on_acknowledge)
        runner.register_message(DRAIN, self._on_drain)
        runner.environment.events.test_stop.add_listener(self._on_drain)

    def run(self) -> None:
        """Send once a second, without end."""
        while True:
            gevent.sleep(SHIP_SECONDS)
            self._ship()

    def _ship(self, whole: bool = False) -> None:
        packed, names = self._recorder.take()
        operations = self._recorder.operations.take(whole)
        if packed or names or operations:
            self._number += 1
            block = {"number": self._number, "packed": packed, "names": names, "operations": operations}
            self._unacknowledged[self._number] = block
            self._runner.send_message(BLOCK, block)

    def _on_acknowledge(self, environment: Environment, msg: Any, **_: Any) -> None:
        self._unacknowledged.pop(msg.data["number"], None)

    def _on_drain(self, **_: Any) -> None:
        self._ship(whole=True)
        self._report()
        for block in list(self._unacknowledged.values()):
            self._runner.send_message(BLOCK, block)
        self._runner.send_message(TOTAL, {"blocks": self._number})

    def _report(self) -> None:
        """Send Locust's own figures, otherwise sent every three seconds, before the totals, because the master waits
        for those.
        """
        figures: dict[str, Any] = {}
        self._runner.environment.events.report_to_master.fire(client_id=self._runner.client_id, data=figures)
        self._runner.send_message("stats", figures)


class Inbox:
    """The master's side: writes each block once, acknowledges it, and knows which never came."""

    def __init__(self, runner: MasterRunner, files: SampleFiles) -> None:
        self._runner = runner
        self._files = files
        self._seen: dict[str, set[int]] = {}
        self._totals: dict[str, int] = {}
        runner.register_message(BLOCK, self._on_block)
        runner.register_message(TOTAL, self._on_total)

    def _on_block(self, environment: Environment, msg: Any, **_: Any) -> None:
        seen, number = self._seen.setdefault(msg.node_id, set()), msg.data["number"]
        if number not in seen:
            self._files.append(msg.node_id, msg.data["packed"], msg.data["names"], msg.data["operations"])
            seen.add(number)  # only after it is kept: an unacknowledged block is sent again
        self._runner.send_message(ACKNOWLEDGE, {"number": number}, client_id=msg.node_id)

    def _on_total(self, environment: Environment, msg: Any, **_: Any) -> None:
        self._totals[msg.node_id] = msg.data["blocks"]

    def start(self) -> None:
        """A new run: totals that workers reported for the last one do not count."""
        self._totals.clear()

    def drain(self) -> tuple[Caution, ...]:
        """Ask every worker for what it still holds; a Caution for each that did not deliver all in time."""
        workers, asked = set(self._seen) | set(self._runner.clients), set()
        began = time.monotonic()
        while any(self._missing(worker) for worker in workers) and time.monotonic() < began + DRAIN_SECONDS:
            # Workers send everything when their users have stopped, and then do not listen during Locust's stop
            # time-out.
            here = set(self._runner.clients) & workers
            for worker in here - asked:
                self._runner.send_message(DRAIN, client_id=worker)
            asked |= here
            if time.monotonic() > began + RETURN_SECONDS and not any(self._missing(worker) for worker in here):
                break  # the others are gone: nothing more will come
            gevent.sleep(0.02)
        return tuple(self._caution(worker) for worker in sorted(workers) if self._missing(worker))

    def _missing(self, worker: str) -> bool:
        seen = self._seen.get(worker, set())
        return worker not in self._totals or self._totals[worker] > len(seen)

    def _caution(self, worker: str) -> Caution:
        seen, total = len(self._seen.get(worker, set())), self._totals.get(worker)
        lost = (
            "an unknown number of its last samples (at most its last report)"
            if total is None
            else f"{total - seen} of {total} blocks"
        )
        return Caution(
            f"samples_missing_{slug(worker)}",
            f"Worker {worker} did not deliver {lost}.",
            "Look at that worker's log; a worker that is killed or disconnected loses its last second. Repeat the run.",
            void=total is None,  # it was lost with its users during the run: the load was not as planned
        )
