"""What is known of the numbers of users that a run held: each Step, and the Capacity that a search found."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Step:
    """One number of users held for a while, in a run that has several.

    name        of its phase
    part        what it is for
    users       that were held
    seconds     for how long
    state       pass, warning, fail, pending: the worst required verdict of this phase alone; void: the generator was the
                bottleneck in it
    reason      why this state
    throughput  operations per second that succeeded
    goodput     operations per second that met their own limit too
    low, high   two-sided 90 % bounds of the goodput
    turns       whole replies per second
    turn_p95    of agent turns, ms
    failed      percent of all operations
    good        goodput by row, per second
    went        where the time of what failed in it went, in sentences: for steps that the findings of the run are not
                about
    """

    name: str
    part: str
    users: int
    seconds: float
    state: str
    reason: str
    throughput: float
    goodput: float
    low: float
    high: float
    turns: float
    turn_p95: float | None
    failed: float | None
    good: dict[str, float] = field(default_factory=dict)
    went: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Capacity:
    """The most users that meet every requirement lies in [low, high]; 0: not even the fewest that were tried.

    low         the most users that passed
    high        the fewest that did not pass, None: all passed
    confirmed   did `low` pass a second time?
    resolved    False: the intervals of `high` left it open
    limited_by  the requirements that were not met at `high`, with their reasons
    generator   True: it was the generator's limit, not the backend's
    n_star      (Z + Rmin) · Xmax, None: throughput grew with the users up to the end
    cycle       Z + Rmin: seconds between two replies to a user of the mix, at the fewest users
    most        Xmax: most replies per second
    kept        goodput of its worst row at the most users tried, in percent of that row's greatest up to `low`, 100 at
                most
    kept_row    that row
    law         the Universal Scalability Law, where it fits, in words
    """

    low: int
    high: int | None
    confirmed: bool
    resolved: bool
    limited_by: str = ""
    generator: bool = False
    n_star: float | None = None
    cycle: float | None = None
    most: float | None = None
    kept: float | None = None
    kept_row: str = ""
    law: str | None = None
