"""Starts and ends both sides of a duel at the same moments, on the events of Locust's environment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from gevent.event import Event
from locust.env import Environment

from reznet_load.core.errors import ReznetLoadError, in_words
from reznet_load.core.profile import Profile
from reznet_load.core.system import clock
from reznet_load.load.console import say
from reznet_load.load.duel.duel_workers import DuelWorkers
from reznet_load.load.duel.side import ConductedSide, DuelSide
from reznet_load.load.generator.early_end import end_by_sigterm
from reznet_load.load.process_setup import COSTS_END
from reznet_load.load.workers.serving import SPENT

_PASSED_ON = ("test_stopping", "spawning_complete")


def pass_on(environment: Environment, sides: Sequence[DuelSide], name: str) -> None:
    """Fire the event `name` on both sides whenever Locust's environment fires it."""

    def on_event(**facts: Any) -> None:
        for side in sides:
            getattr(side.environment.events, name).fire(**facts)

    getattr(environment.events, name).add_listener(on_event)


class DuelSetup:
    """Connects both sides to Locust's events, in the master or the only process.

    Each side must be prepared before `conduct`. workers: None in a run with one process.
    """

    def __init__(
        self,
        environment: Environment,
        sides: Sequence[DuelSide],
        profile: Profile,
        workers: DuelWorkers | None,
        seed: str,
    ) -> None:
        self._environment = environment
        self._sides = [ConductedSide(side, workers) for side in sides]
        self._profile = profile
        self._workers = workers
        self._seed = seed
        self._ending = False
        self._over = Event()

    def conduct(self) -> None:
        """Start both sides when Locust's test starts, and end both when it ends."""
        events = self._environment.events
        events.test_start.add_listener(self._on_start)
        events.test_stop.add_listener(self._on_stop)
        for name in _PASSED_ON:
            pass_on(self._environment, [one.side for one in self._sides], name)
        for one in self._sides:
            one.side.setup.keep_books(one.controller, one.files, self._stop_asking)

    def _on_start(self, **_: Any) -> None:
        self._or_refuse(self._set_up)
        origin = clock.now()
        for one in self._sides:
            one.controller.start_phases(origin)
            if self._workers is None:
                one.side.setup.arrivals.start()
            one.progress.start()
        end_by_sigterm(self._environment)
        if self._workers:
            self._workers.begun()

    def _set_up(self) -> None:
        if self._workers:
            self._workers.begin_both([one.side for one in self._sides], self._seed)
        for one in self._sides:
            assert one.side.prepared is not None
            one.side.setup.wake()
            one.controller.set_up(one.side.prepared, self._profile)

    def _or_refuse(self, act: Callable[[], None]) -> None:
        try:
            act()
        except (ReznetLoadError, OSError) as error:
            self._sides[0].side.setup.refuse(in_words(error), interactive=False)

    def _on_stop(self, **_: Any) -> None:
        """End both sides, once.

        If Ctrl-C arrives while the load shape ends, Locust stops the test twice and exits when one of the two calls
        returns. The second call therefore waits for the first.
        """
        if self._ending:
            self._over.wait()
            return
        self._ending = True
        try:
            self._end()
        finally:
            self._over.set()

    def _end(self) -> None:
        for one in self._sides:
            one.progress.stop()
            one.side.environment.events.test_stop.fire(environment=one.side.environment)
        if self._workers:
            self._workers.over()
        for one in self._sides:
            one.controller.end()
        codes = [one.side.environment.process_exit_code or 0 for one in self._sides]
        self._environment.process_exit_code = max(codes)

    def _stop_asking(self) -> None:
        """Stop questions to agents on both sides as soon as one side has spent its share of the costs.

        Otherwise the two sides would have different loads.
        """
        say(COSTS_END)
        for one in self._sides:
            one.side.setup.shared.spent = True
            if self._workers:
                one.side.runner.send_message(SPENT)
