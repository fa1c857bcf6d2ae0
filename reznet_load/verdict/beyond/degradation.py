"""Graceful degradation: what users beyond the expected number meet, and whether all is well once they have gone.

Thresholds: docs/measurement.md#beyond-the-expected-users (judgement; the idea: SRE book, chapter 22: past its limit a
service may refuse, but not serve less). What users beyond the expected number meet was promised to nobody and is told
without counting for the outcome; a crash and a recovery that does not come hit those who were promised: they count.
"""

from __future__ import annotations

from reznet_load.core.nfr import Requirements
from reznet_load.core.profile import BEYOND, RECOVERY, Phase
from reznet_load.core.run import RunInfo, Verdict
from reznet_load.core.units import format_value
from reznet_load.verdict import goodput
from reznet_load.verdict.beyond.crash import crash
from reznet_load.verdict.beyond.knee import TOO_FEW, climbing, knee, not_compared, rates
from reznet_load.verdict.beyond.recovery import PASS_SECONDS, UNSEEN, recovery
from reznet_load.verdict.beyond.refusals import refusals
from reznet_load.verdict.intervals import exceedance
from reznet_load.verdict.judgement import told
from reznet_load.verdict.rules import successes
from reznet_load.verdict.samples import Series
from reznet_load.verdict.steps import held

KEPT_PASS, KEPT_WARNING = 0.9, 0.7  # of the goodput
ACCEPTED = 2.0  # times the limit of a p95
_ENOUGH = 73  # samples below which a p95 is not proven to hold
_RANK = {"pass": 0, "warning": 1, "fail": 2}


def degradation(requirements: Requirements, info: RunInfo, series: dict[str, Series]) -> tuple[Verdict, ...]:
    """Its lines, in the document's order; none for a run that never went beyond the expected users."""
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
    """The goodput of each row beyond, against the most it had before; the worst decides."""
    climb, found = climbing(phases), []
    compared, bounded = dict(rates(requirements, series, climb)), goodput.limits(requirements, series)
    for key, seen in compared.items():
        for place in range(1, len(climb)):
            if climb[place].part == BEYOND:
                best = max(range(place), key=lambda earlier: seen[earlier].value)
                value, low, high = goodput.ratio(seen[place], seen[best])
                outcome = "pass" if low >= KEPT_PASS else "fail" if high < KEPT_WARNING else "warning"
                now, most = (f"{format_value(seen[at].value, '/s')} at {climb[at].users} users" for at in (place, best))
                said = f"answered in {bounded[key].limit.text}: {now}; the most with fewer: {most}"
                found.append((_RANK[outcome], -value, key, outcome, said, low, high, seen[place].n, climb[place].name))
    title, limit = "Goodput kept beyond the expected users", f">= {100 * KEPT_PASS:.0f} %"
    if not found:
        return told("goodput_kept", title, limit, "pending", "%", TOO_FEW)
    _, less, key, outcome, reason, low, high, n, phase = max(found)
    if few := not_compared(requirements, series, climb, list(compared)):
        outcome = "warning" if outcome == "pass" else outcome
        reason += f"; {', '.join(few)} had too few good operations to compare"
    # Who has more than before has kept all of it: 100 %, not 365.
    interval = {} if low >= 1 else {"low": 100 * low, "high": 100 * min(1.0, high)}
    value = 100 * min(1.0, -less)
    return told("goodput_kept", title, limit, outcome, "%", reason, value=value, n=n, row=key, phase=phase, **interval)


def _accepted(requirements: Requirements, series: dict[str, Series], beyond: list[Phase]) -> Verdict:
    """p95 of what was answered, against twice its limit; the worst decides by how much of it."""
    found = []
    for key, nfr in goodput.limits(requirements, series).items():
        for phase in beyond:
            start, value, _ = successes(series[key].within(phase), nfr.limit)
            if len(value):
                bound = ACCEPTED * nfr.limit.value
                seen = exceedance(start, value, bound, 0.95)
                outcome = "fail" if seen.share.low >= 0.05 else "pass" if seen.share.high < 0.05 else "warning"
                used = seen.value / bound
                if outcome == "warning" and len(value) < _ENOUGH and used < 1:
                    outcome = "pending"
                found.append((_RANK.get(outcome, -1), used, outcome, seen, len(value), key, phase.name, bound))
    title, limit = "Accepted requests stay usable (p95)", f"<= {ACCEPTED:g} × target"
    if not found:
        return told("accepted_p95", title, limit, "pending", "ms", "nothing was answered beyond the expected users")
    _, _, outcome, seen, n, key, phase, bound = max(found, key=lambda one: one[:2])
    reason = "" if outcome == "pass" else f"twice the target is {format_value(bound, 'ms')}"
    return told(
        "accepted_p95", title, limit, outcome, "ms", reason,
        value=seen.value, low=seen.low, high=seen.high, n=n, row=key, phase=phase,
    )  # fmt: skip


def _recovered(requirements: Requirements, series: dict[str, Series], last: Phase, until: float) -> Verdict:
    """Seconds from the end of the last phase beyond, when its users begin to leave; one that was not seen is no pass."""
    found = recovery(requirements, series, last.end, until)
    outcome = "warning" if found.outcome == UNSEEN else found.outcome
    value = None if found.seconds is None else 1000 * found.seconds
    limit = f"<= {format_value(1000 * PASS_SECONDS, 'ms')}"
    title = f"Recovery after the end of {last.name}"
    return Verdict("recovery", title, outcome, "ms", limit, value=value, reason=found.reason)
