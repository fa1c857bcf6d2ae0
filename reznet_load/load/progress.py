"""The console while a run is on: one line every five seconds."""

from __future__ import annotations

import time
from typing import Any

import gevent
from locust.env import Environment

from reznet_load.core.rows import AGENT_TURN
from reznet_load.core.system import clock

EVERY_SECONDS = 5.0


class Progress:
    """Prints time, phase, users, requests, failures and turns, from Locust's statistics."""

    def __init__(self, environment: Environment, controller: Any) -> None:
        self._environment, self._controller = environment, controller
        self._greenlet: gevent.Greenlet | None = None
        self._began = 0.0

    def start(self) -> None:
        """Begin to print."""
        self._began = time.monotonic()
        self._greenlet = gevent.spawn(self._run)

    def stop(self) -> None:
        """Print the last line and no more."""
        if self._greenlet is not None:
            self._greenlet.kill(block=False)
            self._greenlet = None
            print(self.line(), flush=True)

    def _run(self) -> None:
        while True:
            gevent.sleep(EVERY_SECONDS)
            print(self.line(), flush=True)

    def line(self) -> str:
        """`01:05  steady  50 users  1 234 requests  0 failed  80 agent turns, p95 1 320 ms`."""
        minutes, seconds = divmod(int(time.monotonic() - self._began), 60)
        runner, total = self._environment.runner, self._environment.stats.total
        turns = self._environment.stats.entries.get((AGENT_TURN.name, AGENT_TURN.kind))
        text = f"{minutes:02d}:{seconds:02d}  {self._phase():<10} {runner.user_count:>4} users  "
        text += f"{total.num_requests:>7} measured  {total.num_failures:>5} failed"
        if turns is not None and turns.num_requests:
            p95 = turns.get_response_time_percentile(0.95) or 0.0
            text += f"  {turns.num_requests:>5} agent turns, p95 {p95:.0f} ms"
        return text

    def _phase(self) -> str:
        now = clock.now()
        if not self._controller.phases:
            return "web UI"
        return next((p.name for p in self._controller.phases if p.start <= now < p.end), "ending")
