"""Which size of a connection pool is best for a load, if that can be decided at all.

One size is worse than another if a 90 % interval of one of its measures lies wholly beyond the other's, by at least 10
% (docs/rules/comparisons.md#sizes-of-connection-pools), and if requests waited for a connection
in either run. Pools in which no request waits cannot differ because of their size, whatever else differed between two
runs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import permutations

from reznet_load.core.units import format_value
from reznet_load.verdict.judgement import Judgement, spread

LEAST_EFFECT = 0.10
FEWEST_CALLS = 20  # in either run: with fewer, the interval is no wider than the range of the samples (our judgement)
# percent of the requests for a connection: fewer than this queue in any pool, at its first use and in a burst
WAITED = 1.0


@dataclass(frozen=True, slots=True)
class PoolTrial:
    """One size that was tried. `measures`: name -> judged measure, less is better. `waited`: percent that queued, None:
    unknown.

    `usable`: the run was neither void nor interrupted.
    """

    size: int
    measures: dict[str, Judgement] = field(default_factory=dict)
    waited: float | None = None
    usable: bool = True


@dataclass(frozen=True, slots=True)
class PoolChoice:
    """`sizes` that were not proven worse than another; `text` is the conclusion, `evidence` the reasons, one sentence
    each.
    """

    sizes: tuple[int, ...]
    text: str
    evidence: tuple[str, ...] = ()

    @property
    def compared(self) -> bool:
        """Were there at least two valid runs?"""
        return bool(self.sizes or self.evidence)


def choose(trials: list[PoolTrial]) -> PoolChoice:
    """The conclusion that the trials prove, and nothing more."""
    usable = [trial for trial in trials if trial.usable]
    if len(usable) < 2:
        return PoolChoice((), "No comparison: fewer than two sizes gave a valid run.")
    worse: dict[int, list[str]] = {}
    ignored: list[str] = []
    for one, other in permutations(usable, 2):
        for name in one.measures.keys() & other.measures.keys():
            if text := _beyond(name, one, other):
                unneeded = all(trial.waited is not None and trial.waited < WAITED for trial in (one, other))
                (ignored if unneeded else worse.setdefault(one.size, [])).append(text)
    left = tuple(trial.size for trial in usable if trial.size not in worse)
    evidence = [text for size in sorted(worse) for text in sorted(worse[size])]
    evidence += [
        f"{text} But no request waited for a connection in either run: the pool is not the cause." for text in ignored
    ]
    return PoolChoice(left, _conclusion(left, sorted(worse)), tuple(evidence))


def _beyond(name: str, one: PoolTrial, other: PoolTrial) -> str:
    """How `one` is proven worse than `other` in measure `name`; empty if it is not."""
    mine, theirs = one.measures[name], other.measures[name]
    if mine.value is None:  # so many operations failed that there is no latency; the other run has one
        return f"{name}: {one.size} connections: {mine.reason}." if theirs.value is not None else ""
    if min(mine.n, theirs.n) < FEWEST_CALLS:
        return ""
    if None in (theirs.value, mine.low, theirs.high) or mine.low <= theirs.high:  # type: ignore[operator]
        return ""
    if mine.value < theirs.value * (1 + LEAST_EFFECT):  # type: ignore[operator]
        return ""
    return f"{name}: {one.size} connections {_shown(mine)}, {other.size} connections {_shown(theirs)}."


def _shown(one: Judgement) -> str:
    assert one.value is not None
    if one.low is None or one.high is None:
        return format_value(one.value, one.unit)
    return spread(one.value, one.low, one.high, one.unit)


def _conclusion(left: tuple[int, ...], worse: list[int]) -> str:
    sizes = ", ".join(map(str, left))
    if not worse:
        return f"No difference proven between {sizes} connections: this run gives no reason for another pool size."
    if not left:
        return "No size is best: each is proven worse than another in some value."
    if len(left) == 1:
        return f"Best: {sizes} connections."
    beaten = ", ".join(map(str, worse))
    return (
        f"Best: {sizes} connections, among which no difference is proven; {beaten} {'is' if len(worse) == 1 else 'are'} "
        "proven worse. There is no reason to change from one of the best to another."
    )
