"""What a run measured at each number of users: each Step, and the Capacity that a search found."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Step:
    """One number of users held for a while, in a run that has several.

    name        of its phase
    part        what it is for
    users       how many were held
    seconds     for how long
    state       pass, warning, fail, pending: the worst required verdict of this phase alone; void: the generator was
                the bottleneck in it
    reason      why this state
    throughput  operations per second that succeeded
    goodput     operations per second that also met their own limit
    low, high   two-sided 90 % bounds of the goodput
    turns       whole replies per second
    turn_p95    of agent turns, ms
    failed      percent of all operations
    good        goodput by row, per second
    went        sentences about which parts took the time of what failed, for steps that the findings of the run do not
                cover
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
    """The most users that meet every requirement is in [low, high]; 0: not even the fewest that were tried.

    low         the most users that passed
    high        the fewest that did not pass, None: all passed
    confirmed   did `low` pass a second time?
    resolved    False: the intervals of `high` are too wide to decide
    limited_by  the requirements that were not met at `high`, with their reasons
    generator   True: the generator was the limit, not the backend
    n_star      (Z + Rmin) · Xmax, None: throughput grew with the users up to the end
    cycle       Z + Rmin: seconds between two replies to a user of the mix, at the fewest users
    most        Xmax: most replies per second
    kept        goodput of the worst row at the most users tried, in percent of that row's maximum up to `low`, 100 at
                most
    kept_row    that row
    law         the Universal Scalability Law, if it fits, in words
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
