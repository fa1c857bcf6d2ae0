"""A Profile as Locust's load shape."""

from __future__ import annotations

import time
from typing import ClassVar

from locust import LoadTestShape
from locust.runners import STATE_STOPPED, STATE_STOPPING

from reznet_load.core.profile import Phase, Profile


class ProfileShape(LoadTestShape):
    """Follows `profile` from the moment the first user may start: set-up does not count as time of the run."""

    abstract = True
    use_common_options: ClassVar[bool] = True
    profile: ClassVar[Profile]

    def __init__(self) -> None:
        super().__init__()
        self.began: float | None = None
        self.stopped = ""  # why it ended early

    def begin(self) -> None:
        """Start the clock; called when set-up is done."""
        self.began = time.perf_counter()

    @property
    def elapsed(self) -> float:
        """Seconds since it began, 0 before."""
        return 0.0 if self.began is None else time.perf_counter() - self.began

    @property
    def over(self) -> bool:
        """Has it reached its end, or was it stopped for a reason of its own?"""
        return bool(self.stopped) or self.elapsed >= self.profile.duration

    @property
    def phases(self) -> tuple[Phase, ...]:
        """The phases as known now, in seconds since the start; a search adds its own as it proceeds."""
        return self.profile.phases()

    def asked(self) -> tuple[int, float] | None:
        """(users, users per second) now; None after the end."""
        return self.profile.at(self.elapsed)

    def tick(self) -> tuple[int, float] | None:
        """Called by Locust each second. At the end it first stops the run, so that turns in flight can finish."""
        asked = None if self.stopped else self.asked()
        if asked is None and self.runner is not None and self.runner.state not in (STATE_STOPPED, STATE_STOPPING):
            self.runner.stop()  # quit() alone gives workers half a second, and loses what they still hold
        return asked
