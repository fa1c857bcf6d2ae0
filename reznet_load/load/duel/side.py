"""One side of a duel: all that a run has, on Locust's one runner."""

from __future__ import annotations

from typing import Any

from locust import User
from locust.env import Environment
from locust.event import Events

from reznet_load.core.phases.pairs import SIDES, PairedSide
from reznet_load.core.settings.settings import Settings
from reznet_load.deployment.prepare import Prepared
from reznet_load.load.process_setup import ProcessSetup
from reznet_load.load.progress import Progress
from reznet_load.load.run_controller import RunController
from reznet_load.load.samples.files import SampleFiles


class DuelSide:
    """`number` 0 is A, 1 is B. Its users see an environment with events and statistics of its own."""

    def __init__(self, main: Environment, number: int, settings: Settings, seed: str) -> None:
        self.name = SIDES[number]
        self.settings = settings
        self.environment = side_environment(main, settings)
        self.setup = ProcessSetup(self.environment, settings, gentle=True)
        self.setup.shared.paired = PairedSide(seed, number)
        self.files = SampleFiles()
        self.controller = RunController(self.environment, self.setup.shared, self.files, None, None)
        self.progress = Progress(self.environment, self.controller, self.setup.turns, self.name)
        self.prepared: Prepared | None = None

    def user_class(self, user: type[User]) -> type[User]:
        """`user` for this side."""
        return type(f"{user.__name__}{self.name}", (user,), {"host": self.settings.host})


def side_environment(main: Environment, settings: Settings) -> Environment:
    """An environment with the runner of `main`; exceptions of its users are counted there."""
    side = Environment(
        host=settings.host, events=Events(), shape_class=main.shape_class, stop_timeout=main.stop_timeout
    )
    side.runner = main.runner

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
    return side
