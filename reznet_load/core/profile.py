"""Users over time as a pure function: takes stages, gives numbers of users and named phases."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from reznet_load.core.errors import ConfigError

# What a phase is for. BEYOND: more users than expected, judged by graceful degradation alone (verdict/beyond/degradation.py);
# STEP: one number of a search for the capacity (verdict/capacity); SOAK: its drift is judged too (verdict/beyond/drift.py).
SETTLE, STEADY, BEYOND, RECOVERY, STEP, SOAK = "settle", "steady", "beyond", "recovery", "step", "soak"

# "Support 100 concurrent users": the number that a deployment must support. From this number on a run appears in the
# document as "Stress Test (100 users)".
WANTED_USERS = 100


@dataclass(frozen=True, slots=True)
class Phase:
    """A named part of a run; only `judged` phases get a verdict.

    name        unique within the run
    start, end  in seconds
    users       planned number
    judged      does it get a verdict?
    part        what it is for: SETTLE, or the part of its stage
    """

    name: str
    start: float
    end: float
    users: int
    judged: bool
    part: str = ""

    @property
    def seconds(self) -> float:
        """Its length."""
        return self.end - self.start


def main_phase(phases: Iterable[Phase]) -> Phase | None:
    """The judged phase with the most users, of these the longest: the one that represents a run. None if nothing was
    judged.
    """
    judged = [phase for phase in phases if phase.judged]
    return max(judged, key=lambda phase: (phase.users, phase.seconds), default=None)


@dataclass(frozen=True, slots=True)
class UserLevel:
    """Go to `users` within `settle` seconds, unjudged, then hold them for `hold` seconds as a named phase.

    reach   seconds in which users arrive, at most `settle`; None: all of it. Users who leave, leave immediately
            (`rate`)
    """

    name: str
    users: int
    settle: float
    hold: float
    judged: bool = True
    part: str = STEADY
    reach: float | None = None

    def rate(self, before: int) -> float:
        """Users per second that arrive or leave, starting from `before` users."""
        within = self.settle if self.reach is None else min(self.reach, self.settle)
        return rate(before, self.users, within)


LEAVING_SECONDS = 10.0  # until the last user that was asked to leave has left: Locust's stop timeout of 8 s, and a tick


def rate(before: int, users: int, within: float) -> float:
    """Users per second from `before` to `users`: they arrive evenly, but all leave in the first second.

    Locust waits for the users that it asked to leave, up to its stop timeout of 8 s, before it asks the next: 150 that
    left at 15 per second, during slow turns, took 40 s instead of 10.
    """
    step = users - before
    return max(step / within, 0.1) if step > 0 and within else float(max(abs(step), 1))


@dataclass(frozen=True, slots=True)
class Profile:
    """Stages one after another."""

    stages: tuple[UserLevel, ...]

    def __post_init__(self) -> None:
        if not self.stages or any(s.users < 1 or s.settle < 0 or s.hold <= 0 for s in self.stages):
            raise ConfigError("profile: expected at least one stage with users >= 1 and a duration above zero")

    @property
    def duration(self) -> float:
        """Seconds from the first user to the end."""
        return sum(stage.settle + stage.hold for stage in self.stages)

    @property
    def judged(self) -> float:
        """Seconds of it that reach a verdict."""
        return sum(stage.hold for stage in self.stages if stage.judged)

    @property
    def peak(self) -> int:
        """The largest number of users."""
        return max(stage.users for stage in self.stages)

    def at(self, elapsed: float) -> tuple[int, float] | None:
        """(number of users, users per second to get there) at `elapsed` seconds; None after the end."""
        before, began = 0, 0.0
        for stage in self.stages:
            if elapsed < began + stage.settle + stage.hold:
                return stage.users, stage.rate(before)
            before, began = stage.users, began + stage.settle + stage.hold
        return None

    def phases(self) -> tuple[Phase, ...]:
        """The named parts in order, without gaps, in seconds from the first user."""
        found: list[Phase] = []
        now = 0.0
        for number, stage in enumerate(self.stages):
            if stage.settle:
                name = "ramp-up" if number == 0 else f"to {stage.name}"
                found.append(Phase(name, now, now + stage.settle, stage.users, False, SETTLE))
                now += stage.settle
            found.append(Phase(stage.name, now, now + stage.hold, stage.users, stage.judged, stage.part))
            now += stage.hold
        return tuple(found)


def steady(users: int, duration: float, ramp: float) -> Profile:
    """A ramp and one judged phase: the standard load."""
    return Profile((UserLevel("steady", users, ramp, duration),))


def stress(users: int, hold: float, settle: float) -> Profile:
    """Expected load, twice, four times, and back: the expected load is judged, and so is the recovery.

    The step at twice the load is judged only if it is the 100 users of the requirement (50 expected). Users arrive
    within the first two thirds of `settle`; in the last third the effects of their arrival fade.
    """
    double, reach = users * 2 <= WANTED_USERS, settle * 2 / 3
    return Profile(
        (
            UserLevel(f"expected {users}", users, settle, hold, reach=reach),
            UserLevel(f"step {users * 2}", users * 2, settle, hold, double, STEADY if double else BEYOND, reach),
            UserLevel(f"step {users * 4}", users * 4, settle, hold, False, BEYOND, reach),
            UserLevel("recovery", users, max(settle, LEAVING_SECONDS), hold, part=RECOVERY, reach=reach),
        )
    )


def spike(users: int, hold: float, settle: float) -> Profile:
    """Expected load, four times as many within 2 s for 25 s, and back: after 60 s for recovery it is judged."""
    return Profile(
        (
            UserLevel(f"expected {users}", users, settle, hold),
            UserLevel(f"spike {users * 4}", users * 4, 2.0, 23.0, False, BEYOND),
            UserLevel("recovery", users, 60.0, hold, part=RECOVERY, reach=2.0),
        )
    )


def soak(users: int, duration: float, ramp: float) -> Profile:
    """The expected load for a long time: its drift is judged in addition to the requirements."""
    return Profile((UserLevel("soak", users, ramp, duration, part=SOAK),))


def herd(users: int, duration: float, _ramp: float) -> Profile:
    """All users at once, then steady: the arrivals are measured too."""
    return Profile((UserLevel("herd", users, 0.0, duration),))


@dataclass(frozen=True, slots=True)
class Plan:
    """A locustfile's profile with its own numbers: `shape` makes it from (users, seconds to hold, seconds of ramp)."""

    shape: Callable[[int, float, float], Profile]
    users: int
    duration: float
    ramp: float = 0.0

    def profile(self, users: int | None = None, duration: float | None = None, ramp: float | None = None) -> Profile:
        """The profile; numbers given by the options replace its own."""
        return self.shape(
            users or self.users, self.duration if duration is None else duration, self.ramp if ramp is None else ramp
        )
