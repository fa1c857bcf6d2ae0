"""The console during a run: one line every five seconds, and failures by kind if they have changed."""

from __future__ import annotations

import time
from typing import Any

import gevent
from locust.env import Environment

from reznet_load.core.failed.failed_kind import FailedKind, in_words
from reznet_load.core.profile import Phase, main_phase
from reznet_load.core.system import clock
from reznet_load.core.units import format_value
from reznet_load.load.record import describe
from reznet_load.load.turn_tally import TurnTally

EVERY_SECONDS = 5.0
_INDENT = " " * 7
_MEASUREMENTS = (
    "measurements: every value that was timed; one reply has many, because each gap between two chunks is one"
)
_FEWEST = 20  # turns, of which one is slower than a p95


class Progress:
    """Prints time, phase, users, requests, turns and failures, from Locust's statistics of the run so far."""

    def __init__(self, environment: Environment, controller: Any, turns: TurnTally, side: str = "") -> None:
        self._environment = environment
        self._controller = controller
        self._turns = turns
        self._side = f"{side}  " if side else ""  # in a duel
        self._greenlet: gevent.Greenlet | None = None
        self._began = 0.0
        self._told: tuple[FailedKind, ...] = ()

    def start(self, prints: bool = True) -> None:
        """Begin to print; with `prints` False only keep the time for `line`, because a table shows the rest."""
        self._began = time.monotonic()
        self._told = ()
        self._turns.clear()
        if prints:
            print(f"{self._side}{_MEASUREMENTS}", flush=True)
            self._greenlet = gevent.spawn(self._run)

    def stop(self) -> None:
        """Print the last line and stop."""
        if self._greenlet is not None:
            self._greenlet.kill(block=False)
            self._greenlet = None
            self._print()

    def _run(self) -> None:
        while True:
            gevent.sleep(EVERY_SECONDS)
            self._print()

    def _print(self) -> None:
        print("\n".join(self._side + line for line in [self.line(), *self.failing()]), flush=True)

    def line(self) -> str:
        """`01:05  steady  50 users  1234 measurements  0 errors  80 agent turns that began in steady succeeded, p95 about 1.32 s`.

        Measurements are values of any row: requests, first tokens, gaps between chunks.
        """
        minutes, seconds = divmod(int(time.monotonic() - self._began), 60)
        runner, total = self._environment.runner, self._environment.stats.total
        phase, counted = self._phase()
        text = f"{minutes:02d}:{seconds:02d}  {phase:<10} {runner.user_count:>4} users  "
        text += f"{total.num_requests:>7} measurements  {total.num_failures:>5} errors"
        good, p95 = self._turns.within(counted)
        if p95 is not None:
            of = f" that began in {counted.name}" if counted else ""
            text += f"  {good:>5} agent turn{'' if good == 1 else 's'}{of} succeeded"
            text += f", p95 about {format_value(float(f'{p95:.3g}'), 'ms')}" if good >= _FEWEST else ""
        return text

    def failing(self) -> list[str]:
        """Why each failing row fails, since the run's start; empty if nothing was added since the last call."""
        entries = self._environment.stats.entries
        kinds = []
        for error in list(self._environment.stats.errors.values()):
            row = entries.get((error.name, error.method))
            text = describe(error.error) if isinstance(error.error, BaseException) else str(error.error)
            total = row.num_requests if row is not None else error.occurrences
            kinds.append(FailedKind(f"{error.method} {error.name}", text, error.occurrences, total))
        if {(one.row, one.error): one.count for one in kinds} == {
            (one.row, one.error): one.count for one in self._told
        }:
            return []
        self._told = tuple(kinds)
        return [_INDENT + line for line in in_words(kinds, "so far")]

    def _phase(self) -> tuple[str, Phase | None]:
        """(the present phase in a word, the phase whose turns are shown: at the end the judged one with the most
        users).
        """
        now, phases = clock.now(), self._controller.phases
        if not phases:
            return "web UI", None
        on = next((phase for phase in phases if phase.start <= now < phase.end), None)
        return ("ending", main_phase(phases)) if on is None else (on.name, on)
