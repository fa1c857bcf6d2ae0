"""Did the deployment recover after the part that was cut off was restored? One verdict per outage of a run."""

from __future__ import annotations

from reznet_load.core.nfr import Requirements
from reznet_load.core.phases.outages import BEFORE, NOT_CUT, PARTS, SCENARIO, Outage, outages
from reznet_load.core.profile import Phase
from reznet_load.core.rows import named
from reznet_load.core.run import RunInfo, Verdict
from reznet_load.core.units import format_duration
from reznet_load.verdict.beyond.recovery import (
    CONSECUTIVE,
    PASS_SECONDS,
    UNSEEN,
    WARNING_SECONDS,
    WINDOW_SECONDS,
    recovery,
)
from reznet_load.verdict.samples import Series

_LEAST = CONSECUTIVE * WINDOW_SECONDS


def judge_outages(requirements: Requirements, info: RunInfo, series: dict[str, Series]) -> tuple[Verdict, ...]:
    """How long each recovery took, by the common rule (`recovery`); none if nothing was to be cut off.

    An outage that was planned but could not be made proves nothing about recovery: it is pending, and the run is
    unjudged.
    """
    before = next((phase for phase in info.phases if phase.name == BEFORE), None)
    made = [_verdict(requirements, series, one, before) for one in outages(info.phases)]
    failed = {one.id.removeprefix(NOT_CUT): one.text for one in info.cautions if one.id.startswith(NOT_CUT)}
    made += [_pending(f"recovery_{part}", PARTS.get(part, part), text) for part, text in failed.items()]
    if not made and info.scenario == SCENARIO:
        made.append(_pending("recovery", "a part", "nothing was cut off in this run"))
    return tuple(made)


def _pending(id: str, what: str, reason: str) -> Verdict:
    return Verdict(id, f"Recovery after {what} was cut off", "pending", "ms", f"<= {PASS_SECONDS:.0f} s", reason=reason)


def _verdict(requirements: Requirements, series: dict[str, Series], one: Outage, before: Phase | None) -> Verdict:
    found = recovery(requirements, series, one.after.start, one.after.end)
    outcome, reason = found.outcome, found.reason
    if outcome == UNSEEN:
        outcome = "warning" if series else "pending"
        reason += f"; watch it for longer: --recovery {format_duration(WARNING_SECONDS + _LEAST)}"
    if outcome != "pass" and _was_out_of_target(requirements, series, before):
        outcome = "warning" if outcome == "fail" else outcome
        reason += "; it was not in target for 30s before the first cut either"
    seen = sum(len(found.within(one.after)) for key, found in series.items() if not named(key).is_gauge)
    return Verdict(
        f"recovery_{one.part}",
        f"Recovery after {one.name} was cut off",
        outcome,
        "ms",
        f"<= {PASS_SECONDS:.0f} s",
        value=None if found.seconds is None else found.seconds * 1000,
        n=seen,
        row="every required latency and error rate",
        phase=one.after.name,
        reason=reason,
    )


def _was_out_of_target(requirements: Requirements, series: dict[str, Series], before: Phase | None) -> bool:
    """Were there no three good windows before the outage? False if that time was too short to say."""
    if before is None or before.seconds < _LEAST:
        return False
    return recovery(requirements, series, before.start, before.end).seconds is None
