"""Graceful degradation: what users beyond the expected number experience, and whether the service recovers after they
left.

Thresholds: docs/measurement.md#beyond-the-expected-users (our judgement; the idea: SRE book, chapter 22: beyond its
limit a service may refuse, but should not serve less). Service for users beyond the expected number was never promised,
so it is reported without affecting the outcome. A crash or a missing recovery affects the expected users too, so these
count.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reznet_load.core.measured.statistic import statistic_of
from reznet_load.core.nfr import Nfr, Requirements
from reznet_load.core.profile import BEYOND, RECOVERY, Phase
from reznet_load.core.run import RunInfo, Verdict
from reznet_load.core.units import format_value
from reznet_load.verdict import goodput
from reznet_load.verdict.beyond.crash import crash
from reznet_load.verdict.beyond.knee import TOO_FEW, climbing, knee, not_compared, rates
from reznet_load.verdict.beyond.recovery import PASS_SECONDS, UNSEEN, recovery
from reznet_load.verdict.beyond.refusals import refusals
from reznet_load.verdict.intervals import Exceedance, exceedance
from reznet_load.verdict.judgement import RANK, for_information, two_at_least
from reznet_load.verdict.samples import Series
from reznet_load.verdict.steps import held

KEPT_PASS, KEPT_WARNING = 0.9, 0.7  # of the goodput
ACCEPTED = 2.0  # times the limit of the statistic that bounds a row
_MOST_LEVEL = 0.99  # level used for a required maximum: no interval can prove that nothing takes longer


def degradation(requirements: Requirements, info: RunInfo, series: dict[str, Series]) -> tuple[Verdict, ...]:
    """The verdicts on degradation, in the document's order; none for a run that never exceeded the expected users."""
    phases = held(info)
    beyond = [phase for phase in phases if phase.part == BEYOND]
    if not beyond or not series:
        return ()
    lines = [
        knee(requirements, series, phases),
        _kept(requirements, series, phases),
        _accepted(requirements, series, beyond),
    ]
    lines += [refusals(series, beyond), crash(series, beyond, phases[-1])]
    if phases[-1].part == RECOVERY:
        lines.append(_recovered(requirements, series, beyond[-1], phases[-1].end))
    return tuple(lines)


def _kept(requirements: Requirements, series: dict[str, Series], phases: list[Phase]) -> Verdict:
    """The goodput of each row beyond the expected users, relative to its maximum before; the worst row decides."""
    climb, found = climbing(phases), []
    compared, bounded = dict(rates(requirements, series, climb)), goodput.limits(requirements, series)
    for key, seen in compared.items():
        for place in range(1, len(climb)):
            if climb[place].part == BEYOND:
                best = max(range(place), key=lambda earlier: seen[earlier].value)
                value, low, high = goodput.ratio(seen[place], seen[best])
                outcome = "pass" if low >= KEPT_PASS else "fail" if high < KEPT_WARNING else "warning"
                now, most = (f"{format_value(seen[at].value, '/s')} at {climb[at].users} users" for at in (place, best))
                said = f"answered in {bounded[key].limit.text}: {now}; the most with fewer users: {most}"
                found.append((RANK[outcome], -value, key, outcome, said, low, high, seen[place].n, climb[place].name))
    title, limit = "Goodput kept beyond the expected users", f">= {100 * KEPT_PASS:.0f} %"
    if not found:
        return for_information("goodput_kept", title, limit, "pending", "%", TOO_FEW)
    _, less, key, outcome, reason, low, high, n, phase = max(found)
    if few := not_compared(requirements, series, climb, list(compared)):
        outcome = "warning" if outcome == "pass" else outcome
        reason += f"; {', '.join(few)} had too few good operations to compare"
    # A row with more than before kept all of it: 100 %, not 365.
    interval = {} if low >= 1 else {"low": 100 * low, "high": 100 * min(1.0, high)}
    value = 100 * min(1.0, -less)
    return for_information(
        "goodput_kept", title, limit, outcome, "%", reason, value=value, n=n, row=key, phase=phase, **interval
    )


def _accepted(requirements: Requirements, series: dict[str, Series], beyond: list[Phase]) -> Verdict:
    """The required quantile of the answers, compared with twice its limit; the row that uses most of that decides."""
    limits = goodput.limits(requirements, series)
    parts = [(nfr, series[key].within(phase), phase) for key, nfr in limits.items() for phase in beyond]
    found = [one for nfr, part, phase in parts if (one := _usable(nfr, part, phase)) is not None]
    if not found:
        limit = f"<= {ACCEPTED:g} × target"
        reason = "nothing was answered beyond the expected users"
        return for_information("accepted_p95", "Accepted requests stay usable", limit, "pending", "ms", reason)
    # A row with too few samples decides only if no other row has enough.
    worst = max(found, key=lambda one: (one.outcome != "pending", RANK[one.outcome], one.used))
    seen, title = worst.seen, f"Accepted requests stay usable ({statistic_of(worst.nfr.statistic).label})"
    limit = f"<= {format_value(ACCEPTED * worst.nfr.limit.value, 'ms')} ({ACCEPTED:g} × target)"
    reason = "" if worst.outcome == "pass" else f"the target of {worst.row} is {worst.nfr.limit.text}"
    return for_information(
        "accepted_p95", title, limit, worst.outcome, "ms", reason,
        value=seen.value, low=seen.low, high=seen.high, n=seen.share.n, row=worst.row, phase=worst.phase,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Usable:
    """One row compared with twice its limit in one phase; `used`: its quantile as a share of that."""

    nfr: Nfr
    row: str
    phase: str
    outcome: str
    seen: Exceedance

    @property
    def used(self) -> float:
        """1: exactly twice the limit."""
        return self.seen.value / (ACCEPTED * self.nfr.limit.value)


def _usable(nfr: Nfr, part: Series, phase: Phase) -> Usable | None:
    answered = part.ok & ~np.isnan(part.value)
    start, value = part.start[answered], part.value[answered].astype(float)
    if not len(value):
        return None
    statistic, bound = statistic_of(nfr.statistic), ACCEPTED * nfr.limit.value
    level = min(statistic.level, _MOST_LEVEL)
    seen, allowed = exceedance(start, value, bound, level), 1 - level
    outcome = "fail" if seen.share.low >= allowed else "pass" if seen.share.high < allowed else "warning"
    outcome = two_at_least(outcome, int((value >= bound).sum()))
    if outcome == "warning" and len(value) < statistic.floor and seen.value < bound:
        outcome = "pending"
    return Usable(nfr, part.key, phase.name, outcome, seen)


def _recovered(requirements: Requirements, series: dict[str, Series], last: Phase, until: float) -> Verdict:
    """Seconds from the end of the last phase beyond, when its users begin to leave; a recovery that was not observed is
    no pass.
    """
    found = recovery(requirements, series, last.end, until)
    outcome = "warning" if found.outcome == UNSEEN else found.outcome
    value = None if found.seconds is None else 1000 * found.seconds
    limit = f"<= {format_value(1000 * PASS_SECONDS, 'ms')}"
    title = f"Recovery after the end of {last.name}"
    return Verdict("recovery", title, outcome, "ms", limit, value=value, reason=found.reason)
