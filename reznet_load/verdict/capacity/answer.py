"""The capacity computed from the steps of a search. They are judged again from their samples; live decisions do not
count.
"""

from __future__ import annotations

from reznet_load.core.phases.steps import Capacity, Step
from reznet_load.core.profile import STEADY, STEP
from reznet_load.core.run import Verdict
from reznet_load.core.units import format_value, six_digits_or_none
from reznet_load.verdict.beyond.knee import FEW
from reznet_load.verdict.capacity import scalability_law as usl
from reznet_load.verdict.capacity.search import FAIL, OPEN, PASS, VOID, TriedStep, between

_STATES = {"pass": PASS, "fail": FAIL, "void": VOID}
COUNTED = 100  # replies behind a rate: with fewer, its error exceeds the 10 % to which N* should be accurate
SATURATED = 0.95  # if N* is this far below the largest number tried, the ceiling was observed


def capacity(steps: tuple[Step, ...]) -> Capacity | None:
    """The capacity; None for a run that was not a search."""
    if not any(step.part == STEP for step in steps):
        return None
    tried = [TriedStep(s.users, _STATES.get(s.state, OPEN), s.seconds, confirms=s.part == STEADY) for s in steps]
    low, high = between(tried)
    at_high = [step for step, one in zip(steps, tried, strict=True) if step.users == high and one.state != PASS]
    confirmed = any(one.confirms and one.state == PASS and one.users == low for one in tried)
    own = tuple(
        step for step in steps if step.state != "void"
    )  # a rate that the generator held back is not a ceiling of the backend
    counted = [step for step in own if counts(step)]
    n_star = cycle = most = None
    if counted:
        light = min(counted, key=lambda step: step.users)
        cycle, most = light.users / _work(light), max(_work(step) for step in counted)
        n_star = cycle * most if cycle * most < SATURATED * max(step.users for step in counted) else None
    row, kept = _kept(own, low)
    law = usl.fit([step.users for step in own], [step.throughput for step in own])
    return Capacity(
        low, high, confirmed, resolved=bool(at_high) and at_high[-1].state == "fail",
        limited_by=at_high[-1].reason if at_high else "", generator=bool(at_high) and at_high[-1].state == "void",
        n_star=six_digits_or_none(n_star), cycle=six_digits_or_none(cycle), most=six_digits_or_none(most),
        kept=six_digits_or_none(kept), kept_row=row,
        law=None if law is None else f"λ {law.rate:.3g}/s, σ {law.contention:.3g}, κ {law.coherency:.3g}, "
        f"mean residual {100 * law.residual:.1f} %, greatest at {law.peak:.0f} users",
    )  # fmt: skip


def counts(step: Step) -> bool:
    """Were there enough replies in the step for a rate?"""
    return _work(step) * step.seconds >= COUNTED


def _work(step: Step) -> float:
    """The rate used: whole replies per second, or all operations if no agent is asked."""
    return step.turns or step.throughput


def _kept(steps: tuple[Step, ...], low: int) -> tuple[str, float | None]:
    """(the worst row, its goodput at the most users tried in percent of its maximum up to the answer); None if nothing
    was beyond.

    A sum over all rows could hide a row that stagnates behind rows that grow with the users.
    """
    last = max(steps, key=lambda step: step.users, default=None)
    if last is None or last.users <= low:
        return "", None
    most: dict[str, float] = {}
    for step in steps:
        for row, good in step.good.items():
            if step.users <= low and good * step.seconds >= FEW:
                most[row] = max(good, most.get(row, 0.0))
    shares = {row: 100 * min(1.0, last.good.get(row, 0.0) / good) for row, good in most.items()}
    return min(shares.items(), key=lambda pair: pair[1], default=("", None))


def line(found: Capacity | None) -> tuple[Verdict, ...]:
    """The capacity as a verdict for information; the confirmation step's own verdicts decide the outcome.

    A search without a result is silence: the run is unjudged.
    """
    if found is None:
        return ()
    if not found.low:
        outcome = "fail" if found.resolved else "pending"
    elif found.confirmed and found.resolved:
        outcome = "pass"
    else:
        outcome = "warning"
    value = float(found.low) if found.low else None
    return (
        Verdict(
            "capacity",
            "Capacity",
            outcome,
            "users",
            "most users that meet every requirement",
            value=value,
            reason=text(found),
            required=outcome == "pending",
            counts=outcome == "pending",
        ),
    )


def text(found: Capacity) -> str:
    """The capacity as a sentence."""
    if not found.low:
        least = f"{found.high} users" if found.high is None or found.high > 1 else "one user"
        said = f"not even {least} met every requirement" if found.resolved else f"no answer: {least} stayed undecided"
        return said + (f" ({found.limited_by})" if found.limited_by else "")
    said = (
        f"at least {found.low} users" if found.high is None or found.generator else f"{found.low} to {found.high} users"
    )
    if found.generator:
        return (
            said
            + f": the generator was at its limit with {found.high}, not the backend; use --workers 2 (make: WORKERS=2)"
        )
    if found.high is None:
        return said + ": nothing failed up to there, and there was no time for another step"
    said += f": {found.low} passed" + (" and passed once more" if found.confirmed else ", not confirmed")
    said += f", {found.high} {'failed' if found.resolved else 'stayed undecided, which is not a pass'}"
    if found.n_star is not None:
        said += f"; N* = {format_value(found.n_star, 'users')}"
    return said
