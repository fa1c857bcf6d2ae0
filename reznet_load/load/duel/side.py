"""One side of a duel: everything that a run has, but both sides share Locust's runner."""

from __future__ import annotations

from typing import Any

from locust import User
from locust.env import Environment
from locust.event import Events
from locust.runners import LocalRunner, MasterRunner
from locust.stats import setup_distributed_stats_event_listeners

from reznet_load.core.phases.pairs import SIDES, PairedSide
from reznet_load.core.settings.settings import Settings
from reznet_load.deployment.prepare import Prepared
from reznet_load.load.duel.side_runner import SideRunner, carry_statistics
from reznet_load.load.process_setup import ProcessSetup
from reznet_load.load.progress import Progress
from reznet_load.load.run_controller import RunController
from reznet_load.load.samples.files import SampleFiles
from reznet_load.load.samples.shipping import Inbox
from reznet_load.load.workers.serving import adopt_options
from reznet_load.load.workers.terms import Terms
from reznet_load.load.workers.workers import Workers


class DuelSide:
    """One side of a duel, in any process.

    number   0: A, 1: B
    seed     from which the random choices of all pairs follow

    Each side has its own environment, so its users have their own events and statistics.
    """

    def __init__(self, main: Environment, number: int, settings: Settings, seed: str) -> None:
        self.name = SIDES[number]
        self.settings = settings
        self.runner: Any = main.runner if isinstance(main.runner, LocalRunner) else SideRunner(main.runner, self.name)
        self.environment = _side_environment(main, settings, self.runner)
        if self.runner is not main.runner:
            carry_statistics(main, self.environment.events, self.name)
        self.setup = ProcessSetup(self.environment, settings, gentle=True)
        self.setup.shared.paired = PairedSide(seed, number)
        self.prepared: Prepared | None = None
        self._users: list[type[User]] = []

    def user_class(self, user: type[User]) -> type[User]:
        """A subclass of `user` with the host of this side."""
        self._users.append(type(f"{user.__name__}{self.name}", (user,), {"host": self.settings.host}))
        return self._users[-1]

    def adopt(self, master: Terms) -> None:
        """In a worker: replace the options of this side with those of the master."""
        adopt_options(self.setup.shared, self.settings, master)
        self.settings = self.setup.shared.settings
        self.environment.host = self.settings.host
        for user in self._users:
            user.host = self.settings.host


class ConductedSide:
    """A side in the master or the only process, with its sample files, phases and progress."""

    def __init__(self, side: DuelSide, workers: Workers | None) -> None:
        self.side = side
        self.files = SampleFiles()
        inbox = Inbox(side.runner, self.files) if isinstance(side.runner, MasterRunner) else None
        self.controller = RunController(side.environment, side.setup.shared, self.files, inbox, workers)
        self.progress = Progress(side.environment, self.controller, side.setup.turns, side.name)


def _side_environment(main: Environment, settings: Settings, runner: Any) -> Environment:
    """An environment with `runner`. Exceptions of its users are also fired on `main`, which counts them."""
    side = Environment(
        host=settings.host, events=Events(), shape_class=main.shape_class, stop_timeout=main.stop_timeout
    )
    side.runner = runner

    def on_request(
        request_type: str,
        name: str,
        response_time: Any,
        response_length: int,
        exception: Exception | None = None,
        **_: Any,
    ) -> None:
        side.stats.log_request(request_type, name, response_time, response_length)
        if exception:
            side.stats.log_error(request_type, name, exception)

    side.events.request.add_listener(on_request)
    side.events.user_error.add_listener(lambda **facts: main.events.user_error.fire(**facts))
    setup_distributed_stats_event_listeners(side.events, side.stats)
    return side
