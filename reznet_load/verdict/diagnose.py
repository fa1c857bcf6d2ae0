"""Findings of a run: where the time of each failed requirement went, and the known patterns of trouble that were there."""

from __future__ import annotations

from reznet_load.core.run import Finding, RunInfo
from reznet_load.verdict.evidence import Evidence
from reznet_load.verdict.explain import explain
from reznet_load.verdict.patterns import agents, instruments, sockets, storage
from reznet_load.verdict.patterns.rule import Rule

RULES: tuple[Rule, ...] = (*sockets.RULES, *agents.RULES, *storage.RULES, *instruments.RULES)


def looked_for(rule: Rule, info: RunInfo) -> bool:
    """Had the run what this rule looks at? A run known by its CSVs alone has nothing."""
    return bool(info.has) and set(rule.needs) <= set(info.has)


def diagnose(evidence: Evidence) -> tuple[Finding, ...]:
    """Every finding, the most costly first; those that explain no failed requirement last, in the order of RULES."""
    found = [finding for rule in RULES if (finding := rule.find(evidence)) is not None]
    return tuple(sorted([*explain(evidence), *found], key=lambda one: -one.cost))
