"""Users over time as a pure function: stages in, number of users and named phases out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from reznet_load.core.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Phase:
    """A named part of a run. `start` and `end` in seconds; only `judged` phases reach a verdict."""

    name: str
    start: float
    end: float
    users: int
    judged: bool

    @property
    def seconds(self) -> float:
        """Its length."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Stage:
    """Go to `users` within `settle` seconds, unjudged, then stay for `hold` seconds under the name of a phase."""

    name: str
    users: int
    settle: float
    hold: float
    judged: bool = True


@dataclass(frozen=True, slots=True)
class Profile:
    """Stages one after another."""

    stages: tuple[Stage, ...]

    def __post_init__(self) -> None:
        if not self.stages or any(s.users < 1 or s.settle < 0 or s.hold <= 0 for s in self.stages):
            raise ConfigError("profile: expected at least one stage with users >= 1 and a duration above zero")

    @property
    def duration(self) -> float:
        """Seconds from the first user to the end."""
        return sum(stage.settle + stage.hold for stage in self.stages)

    @property
    def peak(self) -> int:
        """The most users it asks for."""
        return max(stage.users for stage in self.stages)

    def at(self, elapsed: float) -> tuple[int, float] | None:
        """(users wanted, users per second to get there) at `elapsed` seconds; None once it is over."""
        before, began = 0, 0.0
        for stage in self.stages:
            if elapsed < began + stage.settle + stage.hold:
                step = abs(stage.users - before)
                return stage.users, max(step / stage.settle, 0.1) if stage.settle else float(max(step, 1))
            before, began = stage.users, began + stage.settle + stage.hold
        return None

    def phases(self) -> tuple[Phase, ...]:
        """The named parts in order, without gaps, in seconds from the first user."""
        found: list[Phase] = []
        now = 0.0
        for number, stage in enumerate(self.stages):
            if stage.settle:
                name = "ramp-up" if number == 0 else f"to {stage.name}"
                found.append(Phase(name, now, now + stage.settle, stage.users, False))
                now += stage.settle
            found.append(Phase(stage.name, now, now + stage.hold, stage.users, stage.judged))
            now += stage.hold
        return tuple(found)


def steady(users: int, duration: float, ramp: float) -> Profile:
    """A ramp and one judged phase: the standard load."""
    return Profile((Stage("steady", users, ramp, duration),))


def stress(users: int, hold: float, settle: float) -> Profile:
    """Expected load, twice, four times, and back: what is expected is judged, and so is the recovery.

    The step at twice the load is judged only where it is the 100 users of the requirement (50 expected).
    """
    return Profile(
        (
            Stage(f"expected {users}", users, settle, hold),
            Stage(f"step {users * 2}", users * 2, settle, hold, judged=users * 2 <= 100),
            Stage(f"step {users * 4}", users * 4, settle, hold, judged=False),
            Stage("recovery", users, settle, hold),
        )
    )


def herd(users: int, duration: float, _ramp: float) -> Profile:
    """Everybody at once, then steady: arriving is part of what is measured."""
    return Profile((Stage("herd", users, 0.0, duration),))


@dataclass(frozen=True, slots=True)
class Plan:
    """A locustfile's profile with its own numbers: `shape` makes it from (users, seconds to hold, seconds of ramp)."""

    shape: Callable[[int, float, float], Profile]
    users: int
    duration: float
    ramp: float = 0.0

    def profile(self, users: int | None = None, duration: float | None = None, ramp: float | None = None) -> Profile:
        """The profile, with what somebody asked for in place of its own numbers."""
        return self.shape(
            users or self.users, self.duration if duration is None else duration, self.ramp if ramp is None else ramp
        )
