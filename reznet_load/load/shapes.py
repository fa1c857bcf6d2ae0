"""A Profile as Locust's load shape."""

from __future__ import annotations

import time
from typing import ClassVar

from locust import LoadTestShape
from locust.runners import STATE_STOPPED, STATE_STOPPING

from reznet_load.core.profile import Profile


class ProfileShape(LoadTestShape):
    """Follows `profile` from the moment the first user may start: set-up does not eat into the run's time."""

    abstract = True
    use_common_options: ClassVar[bool] = True
    profile: ClassVar[Profile]

    def __init__(self) -> None:
        super().__init__()
        self.began: float | None = None

    def begin(self) -> None:
        """Start the clock; called when set-up is done."""
        self.began = time.perf_counter()

    def tick(self) -> tuple[int, float] | None:
        """(users, users per second) now; None once the run is stopped, which gives in-flight turns their time."""
        asked = self.profile.at(0.0 if self.began is None else time.perf_counter() - self.began)
        if asked is None and self.runner is not None and self.runner.state not in (STATE_STOPPED, STATE_STOPPING):
            self.runner.stop()  # quit() alone leaves workers half a second, and loses what they still hold
        return asked
