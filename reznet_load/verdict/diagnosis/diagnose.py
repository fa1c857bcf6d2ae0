"""Findings of a run: which parts took the time of each failed requirement, and the known patterns of trouble that were
found.

A run's own findings are about its judged phases. Steps that failed beyond them (the fewest users of a search that
failed, and more users than expected) are diagnosed one by one; that is reported with the step and does not affect the
outcome.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from reznet_load.core.finding import Finding, PatternCheck
from reznet_load.core.measured.measurement import Row
from reznet_load.core.nfr import Requirements
from reznet_load.core.phases.steps import Step
from reznet_load.core.profile import BEYOND, STEP, Phase
from reznet_load.core.run import RunInfo
from reznet_load.verdict.diagnosis.evidence import Evidence, gather
from reznet_load.verdict.diagnosis.explain import explain
from reznet_load.verdict.diagnosis.flat_throughput import flat_throughput
from reznet_load.verdict.diagnosis.frozen import frozen_seconds
from reznet_load.verdict.diagnosis.intended_causes import with_intent
from reznet_load.verdict.diagnosis.patterns import agents, instruments, sockets, storage
from reznet_load.verdict.diagnosis.patterns.rule import Rule
from reznet_load.verdict.judge import judge
from reznet_load.verdict.samples import Series

RULES: tuple[Rule, ...] = (*sockets.RULES, *agents.RULES, *storage.RULES, *instruments.RULES)


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """`findings`, the most costly first, and the answer for each known pattern, in the order of RULES."""

    findings: tuple[Finding, ...]
    patterns: tuple[PatternCheck, ...]


def diagnosis(evidence: Evidence) -> Diagnosis:
    """All findings, those that explain no failed requirement last; and for every pattern whether it could be checked."""
    frozen = frozen_seconds(evidence)
    checked = [rule.check(evidence, frozen) for rule in RULES]
    found = [*explain(evidence), *(finding for _, finding in checked if finding is not None)]
    advised = [with_intent(one, evidence.info) for one in found]
    ordered = sorted(advised, key=lambda one: -one.cost)
    return Diagnosis(tuple(ordered), tuple(answer for answer, _ in checked))


def diagnose(evidence: Evidence) -> tuple[Finding, ...]:
    """Only the findings."""
    return diagnosis(evidence).findings


def explained(
    requirements: Requirements, info: RunInfo, rows: tuple[Row, ...], series: dict[str, Series], steps: tuple[Step, ...]
) -> tuple[Step, ...]:
    """`steps` with the parts that took the time, for steps that failed beyond what is judged."""
    phases = {phase.name: phase for phase in info.phases}
    by_step = {name: _of_step(requirements, info, rows, series, phases[name]) for name in _beyond(steps)}
    if by_step and (stands := flat_throughput(steps, rows, info)):
        by_step[min(by_step, key=lambda name: phases[name].users)] += (stands,)
    return tuple(replace(step, went=by_step.get(step.name, ())) for step in steps)


def _beyond(steps: tuple[Step, ...]) -> list[str]:
    """Names of the steps to explain: every failed step beyond the expected users; of a search, the fewest users that
    failed.
    """
    failed = [step for step in steps if step.state == "fail"]
    if not any(step.part == STEP for step in steps):
        return [step.name for step in failed if step.part == BEYOND]
    fewest = min((step.users for step in failed), default=0)
    return [step.name for step in failed if step.users == fewest][-1:]


def _of_step(
    requirements: Requirements, info: RunInfo, rows: tuple[Row, ...], series: dict[str, Series], phase: Phase
) -> tuple[str, ...]:
    """What `diagnose` finds in `phase` alone, about the requirements that it did not meet."""
    share = phase.users / max(1, sum(info.mix.values()))
    mix = {kind: round(users * share) for kind, users in info.mix.items()}
    alone = replace(info, phases=(replace(phase, judged=True),), mix=mix, cautions=())
    limits = {nfr.id: nfr.limit for nfr in requirements.nfrs}
    verdicts = judge(requirements, alone, series)
    unmet = frozenset(
        v.id for v in verdicts if v.required and v.counts and v.value is not None and not limits[v.id].holds(v.value)
    )
    found = diagnose(gather(alone, rows, series, verdicts, requirements, unmet))
    mine = [one for one in found if unmet & set(one.about)]
    # advice that several findings share is reported with the first
    advice = {one.advice: one.id for one in reversed(mine)}
    return tuple(
        " ".join(filter(None, (one.text, one.split.facts, one.advice if advice[one.advice] == one.id else "")))
        for one in mine
    )
