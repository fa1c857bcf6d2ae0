"""A Profile as Locust's load shape."""

from __future__ import annotations

import time
from typing import ClassVar

from locust import LoadTestShape
from locust.runners import STATE_STOPPED, STATE_STOPPING

from reznet_load.core.profile import Phase, Profile


class ProfileShape(LoadTestShape):
    """Follows `profile` from the moment the first user may start: set-up does not eat into the run's time."""

    abstract = True
    use_common_options: ClassVar[bool] = True
    profile: ClassVar[Profile]

    def __init__(self) -> None:
        super().__init__()
        self.began: float | None = None
        self.stopped = ""  # why it ends before its own end

    def begin(self) -> None:
        """Start the clock; called when set-up is done."""
        self.began = time.perf_counter()

    @property
    def elapsed(self) -> float:
        """Seconds since it began, 0 before."""
        return 0.0 if self.began is None else time.perf_counter() - self.began

    @property
    def over(self) -> bool:
        """Did it come to its own end, or was it stopped for a reason of its own?"""
        return bool(self.stopped) or self.elapsed >= self.profile.duration

    @property
    def phases(self) -> tuple[Phase, ...]:
        """What is known of the run's phases now, in seconds since it began; a search learns its own as it goes."""
        return self.profile.phases()

    def asked(self) -> tuple[int, float] | None:
        """(users, users per second) now; None when it is over."""
        return self.profile.at(self.elapsed)

    def tick(self) -> tuple[int, float] | None:
        """What Locust asks each second; the run is stopped first, which gives in-flight turns their time."""
        asked = None if self.stopped else self.asked()
        if asked is None and self.runner is not None and self.runner.state not in (STATE_STOPPED, STATE_STOPPING):
            self.runner.stop()  # quit() alone leaves workers half a second, and loses what they still hold
        return asked
