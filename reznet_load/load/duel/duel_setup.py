"""Begins and ends both sides of a duel at the same moments, on the events of Locust's one environment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from locust.env import Environment

from reznet_load.core.errors import ReznetLoadError, in_words
from reznet_load.core.profile import Profile
from reznet_load.core.system import clock
from reznet_load.load.console import say
from reznet_load.load.duel.side import DuelSide
from reznet_load.load.process_setup import COSTS_END

_PASSED_ON = ("test_stopping", "spawning_complete")


class DuelSetup:
    """`conduct` wires it; each side is prepared already."""

    def __init__(self, environment: Environment, sides: Sequence[DuelSide], profile: Profile) -> None:
        self._environment = environment
        self._sides = tuple(sides)
        self._profile = profile

    def conduct(self) -> None:
        """The run begins with Locust's test and ends with it."""
        events = self._environment.events
        events.test_start.add_listener(self._on_start)
        events.test_stop.add_listener(self._on_stop)
        for name in _PASSED_ON:
            getattr(events, name).add_listener(self._passing_on(name))
        for side in self._sides:
            side.setup.keep_books(side.controller, side.files, self._stop_asking)

    def _passing_on(self, name: str) -> Any:
        def on_event(**facts: Any) -> None:
            for side in self._sides:
                getattr(side.environment.events, name).fire(**facts)

        return on_event

    def _on_start(self, **_: Any) -> None:
        try:
            for side in self._sides:
                assert side.prepared is not None
                side.setup.wake()
                side.controller.set_up(side.prepared, self._profile)
        except (ReznetLoadError, OSError) as error:
            self._sides[0].setup.refuse(in_words(error), interactive=False)
        origin = clock.now()
        for side in self._sides:
            side.controller.start_phases(origin)
            side.setup.arrivals.start()
            side.progress.start()

    def _on_stop(self, **_: Any) -> None:
        for side in self._sides:
            side.progress.stop()
            side.environment.events.test_stop.fire(environment=side.environment)
        for side in self._sides:
            side.controller.end()
        self._environment.process_exit_code = max(side.environment.process_exit_code or 0 for side in self._sides)

    def _stop_asking(self) -> None:
        """One side has spent its share: neither asks agents any more, so that both stay under the same load."""
        say(COSTS_END)
        for side in self._sides:
            side.setup.shared.spent = True
