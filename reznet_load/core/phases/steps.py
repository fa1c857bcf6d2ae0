"""What is known of the numbers of users that a run held: each Step, and the Capacity that a search found."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Step:
    """One number of users held for a while, in a run that has several.

    state         pass, warning, fail, pending: the worst required verdict of this phase alone, with its `reason`;
                  void: the generator was the bottleneck in it
    throughput    operations per second that succeeded      goodput   of these, per second: within their own limit too
    low, high     two-sided 90 % bounds of the goodput      turns     whole replies per second
    turn_p95      ms, of agent turns                        failed    percent of all operations
    good          goodput by row, per second
    went          where the time of what failed in it went, in sentences: of steps that the run's findings are not about
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

    high          the fewest that did not pass, None: all passed
    confirmed     `low` passed once more
    resolved      False: the intervals of `high` left it open
    generator     it was the generator's limit, not the backend's
    limited_by    the requirements that did not hold at `high`, with their reasons
    n_star        (Z + Rmin) · Xmax, None: throughput grew with the users up to the end
    cycle, most   Z + Rmin: s between two replies to a user of the mix, at the fewest users; Xmax: most replies per second
    kept          goodput of its worst row at the most users tried, in percent of that row's greatest up to `low`, 100 at most
    law           the Universal Scalability Law, where it fits, in words
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
