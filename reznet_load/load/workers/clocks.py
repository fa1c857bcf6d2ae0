"""How far each worker's clock is ahead of the master's, by message round trip: before the first user, and every 5 min.

Both sides read the run's clock (`core.system.clock`), which is monotonic: a step of a wall clock affects no offset.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import gevent
from locust.env import Environment
from locust.runners import MasterRunner, WorkerRunner

from reznet_load.core.folder import slug
from reznet_load.core.system import clock

EVERY_SECONDS = 300.0  # two quartz clocks drift apart by some 50 ppm: 15 ms in that time
ROUNDS, LIMIT_SECONDS = 5, 2.0
CLOCK, CLOCK_ANSWER = "reznet_clock", "reznet_clock_answer"


def answer_clock(runner: WorkerRunner) -> None:
    """A worker's side: answers with its own time."""

    def on_clock(environment: Environment, msg: Any, **_: Any) -> None:
        runner.send_message(CLOCK_ANSWER, {"asked": msg.data["asked"], "here": clock.now()})

    runner.register_message(CLOCK, on_clock)


class WorkerClocks:
    """The master's side. `readings`: worker -> pairs of (s by that worker's clock, s it is ahead), in order."""

    def __init__(self, runner: MasterRunner) -> None:
        self._runner = runner
        self._fastest: dict[str, tuple[float, float, float]] = {}  # node -> trip, its time, s ahead
        self._due = 0.0
        self.readings: dict[str, list[tuple[float, float]]] = {}
        runner.register_message(CLOCK_ANSWER, self._on_answer)

    def _on_answer(self, environment: Environment, msg: Any, **_: Any) -> None:
        back = clock.now()
        asked = msg.data["asked"]
        here = msg.data["here"]
        if back - asked < self._fastest.get(msg.node_id, (float("inf"),))[0]:
            self._fastest[msg.node_id] = (back - asked, here, here - (asked + back) / 2)

    def start(self) -> None:
        """Reset for a new run."""
        self.readings = {}
        self._due = clock.monotonic() + EVERY_SECONDS

    @property
    def due(self) -> bool:
        """Is it time to measure again?"""
        return clock.monotonic() >= self._due

    def measure(self, workers: Sequence[str] | None = None) -> dict[str, float]:
        """Seconds that each of `workers` (None: all) is ahead, by the fastest of its round trips; takes at most 2 s.

        The error is half that trip. A worker that did not answer is left out.
        """
        asked = list(self._runner.clients) if workers is None else list(workers)
        self._fastest = {}
        self._due = clock.monotonic() + EVERY_SECONDS
        for _ in range(ROUNDS):
            for worker in asked:
                self._runner.send_message(CLOCK, {"asked": clock.now()}, client_id=worker)
            gevent.sleep(LIMIT_SECONDS / ROUNDS / 4)
        deadline = time.monotonic() + LIMIT_SECONDS * 0.75
        while not set(asked) <= set(self._fastest) and time.monotonic() < deadline:
            gevent.sleep(0.02)
        for worker, (_, at, ahead) in self._fastest.items():
            self.readings.setdefault(slug(worker), []).append((at, ahead))
        return {slug(worker): ahead for worker, (_, _, ahead) in self._fastest.items()}

    def data(self) -> dict[str, list[tuple[float, float]]]:
        """`clock_readings` of `run.json`."""
        return {worker: list(found) for worker, found in self.readings.items()}
