"""Results of a capacity search as values by which searches are compared; a larger value is better.

The requirements of a search were measured at its own result, so a better backend may show slower answers there.
Searches are therefore compared by how many users they found.
"""

from __future__ import annotations

from collections.abc import Sequence

from reznet_load.core.nfr import Nfr, Requirements
from reznet_load.core.phases.steps import Step
from reznet_load.core.profile import STEP
from reznet_load.core.run import RunInfo, RunResult
from reznet_load.core.units import Limit, format_value
from reznet_load.history.line import HistoryLine, HistoryValue

CAPACITY, N_STAR, GOODPUT = "capacity", "n_star", "capacity_goodput"


def _more(id: str, title: str, unit: str, required: bool = False) -> Nfr:
    """A requirement without a limit: no minimum number of users is required."""
    return Nfr(id, title, "search", Limit(">", 0.0, unit, ""), (), 6, summary=True, required=required)


# N* and the goodput come from the same steps as the capacity and change with it: they explain it and never fail a run.
SOUGHT = (
    _more(CAPACITY, "Capacity", "users", required=True),
    _more(N_STAR, "N* = (Z + Rmin) · Xmax", "users"),
    _more(GOODPUT, "Goodput at the Capacity", "/s"),
)


def length(info: RunInfo) -> float:
    """The longest duration of a search in seconds, from which the length of its steps follows; 0 for any other run."""
    return info.duration if any(phase.part == STEP for phase in info.phases) else 0.0


def compared(requirements: Requirements, line: HistoryLine) -> Sequence[Nfr]:
    """The requirements by which a run is compared; for a search, its results."""
    return SOUGHT if line.search else requirements.nfrs


def values(result: RunResult) -> dict[str, HistoryValue]:
    """The results of a search by id, as lines of the history keep them; {} for any other run.

    `low` of the capacity is the largest number of users that passed. `high` is the smallest number that failed; None if
    the generator was the limit, or if the next number was not decided. `at_least`: the value is a lower bound, because
    the backend was not the reason why the search ended.
    """
    found = result.capacity
    if found is None:
        return {}
    known = bool(found.low) or found.resolved
    at_least = known and (found.high is None or found.generator)
    low, high = found.low if known else None, found.high if found.resolved else None
    verdict = next((one.outcome for one in result.behaviour if one.id == CAPACITY), "pending")
    best = next((s for s in reversed(result.steps) if s.users == found.low and s.state == "pass"), None)
    tried = len(result.steps)
    return {
        CAPACITY: _value("users", low, low, high, tried, at_least, verdict),
        N_STAR: _value("users", found.n_star, None, None, tried),
        GOODPUT: _goodput(best, tried, at_least),
    }


def _goodput(answer: Step | None, tried: int, at_least: bool) -> HistoryValue:
    if answer is None:
        return _value("/s", None, None, None, tried)
    return _value("/s", answer.goodput, answer.low, None if at_least else answer.high, tried, at_least)


def _value(
    unit: str,
    value: float | None,
    low: float | None,
    high: float | None,
    tried: int,
    at_least: bool = False,
    outcome: str = "",
) -> HistoryValue:
    value, low, high = (None if one is None else float(one) for one in (value, low, high))
    return HistoryValue(value, low, high, tried, unit=unit, outcome=outcome, at_least=at_least)


def interval(id: str, unit: str, low: float | None, high: float | None) -> str:
    """`90 % interval 1 ms to 2 ms`, or the numbers between which a search ended; "" if a bound is not known."""
    if low is None or high is None:
        return ""
    if id == CAPACITY:
        return f"first that failed: {format_value(high, unit)}"
    return f"90 % interval {format_value(low, unit)} to {format_value(high, unit)}"


def found_text(value: HistoryValue) -> str:
    """The capacity of a line: `104 to 109 users`, `at least 200 users`, `104 users` if the next number stayed open."""
    number, high = value.value, value.high
    if number is None:
        return "-"
    if value.at_least:
        return f"at least {format_value(number, 'users')}"
    return format_value(number, "users") if high is None else f"{number:.0f} to {format_value(high, 'users')}"
