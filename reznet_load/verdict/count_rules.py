"""The rules for throughput, a number of successes, and the smallest value, on samples."""

from __future__ import annotations

from reznet_load.core.nfr import Nfr
from reznet_load.core.profile import Phase
from reznet_load.core.units import format_value
from reznet_load.verdict import goodput
from reznet_load.verdict.judgement import SAMPLES, Judgement, by_bounds, one_only, spread, stands, two_at_least
from reznet_load.verdict.samples import Series
from reznet_load.verdict.share_rules import past, successes


def throughput(nfr: Nfr, part: Series, phase: Phase) -> Judgement | None:
    """Successes per second of the phase, with bounds from the differences between ten blocks of its time."""
    seen = goodput.rate(part.start[part.ok], phase)
    low, high = goodput.bounds(seen)
    outcome, reason = by_bounds(nfr.limit, low, high), ""
    if outcome != "pass":
        reason = f"throughput {spread(seen.value, low, high, '/s')} {stands(outcome, nfr.limit)}"
    open_ = SAMPLES if outcome == "warning" else ""
    return Judgement(outcome, seen.value, "/s", seen.n, part.key, phase.name, low, high, reason, open=open_)


def requests(nfr: Nfr, part: Series, phase: Phase) -> Judgement | None:
    """The number of successes: a count, without an interval."""
    count, unit = int(part.ok.sum()), nfr.limit.unit
    good = nfr.limit.holds(count)
    reason = "" if good else f"{format_value(count, unit)} succeeded, which misses the limit of {nfr.limit.text}"
    return Judgement("pass" if good else "fail", float(count), unit, count, part.key, phase.name, reason=reason)


def smallest(nfr: Nfr, part: Series, phase: Phase) -> Judgement | None:
    """The smallest value of the successes; None if nothing was timed."""
    _, value, _ = successes(part, nfr.limit)
    if not len(value):
        return None
    least, limit = float(value.min()), nfr.limit
    outcome = "pass" if limit.holds(least) else two_at_least("fail", past(limit, value))
    reason = "" if outcome == "pass" else f"{format_value(least, limit.unit)} misses the limit of {limit.text}"
    reason += f": {one_only(len(value))}" if outcome == "warning" else ""
    return Judgement(outcome, least, limit.unit, len(value), part.key, phase.name, reason=reason)
