"""What was caused on purpose by options of the embedded target, and what to do about that, or about a simulated provider."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from reznet_load.core.failed.failed_kind import FailedKind
from reznet_load.core.failed.failure_kinds import kind_of
from reznet_load.core.finding import Finding
from reznet_load.core.on_purpose import Intended, left, on_purpose, texts
from reznet_load.core.run import RunInfo
from reznet_load.core.text.next_command import next_command, with_target
from reznet_load.verdict.diagnosis.intended_effects import EFFECTS, Effect
from reznet_load.verdict.diagnosis.shares import PROVIDER

SLOW_PROVIDER = "provider_slow"
_SIMULATED = (
    "The provider is simulated: run with a real provider's key before you change the backend for its sake, or make "
    "the simulator faster."
)
# Scenarios that a make target of the same name starts, and that this run can be repeated with.
_MADE = ("load", "smoke", "stress", "spike", "soak", "capacity", "herd", "distributed", "failures")


def with_intent(finding: Finding, info: RunInfo) -> Finding:
    """`finding` with suitable advice if options of the embedded target, or a simulator, are its cause."""
    if options := behind(finding, info):
        return replace(finding, advice=f"{without(options, info)}.")
    of_provider = finding.id == SLOW_PROVIDER or largest(finding) == PROVIDER
    return replace(finding, advice=_SIMULATED) if of_provider and info.deployment.simulated else finding


def without(options: Collection[Intended], info: RunInfo) -> str:
    """What to do if `options` of the embedded target are the cause: commands to copy, without a full stop."""
    scenario = info.scenario if info.scenario in _MADE else "load"
    again = next_command(with_target(info, left(info.deployment.options, options)), f"make {scenario}")
    return f"{again} (without {texts(options)}), or HOST=URL make {scenario} (a backend of yours)"


def behind(finding: Finding, info: RunInfo) -> tuple[Intended, ...]:
    """The options of the embedded target that cause it; empty if none does."""
    part = largest(finding)
    return _given(info, lambda one: part in one.parts if part else finding.id in one.patterns)


def behind_failures(kinds: Sequence[FailedKind], info: RunInfo) -> tuple[Intended, ...]:
    """The same for failures of one row: those that cause half of them or more."""
    failed = sum(one.count for one in kinds)

    def mine(effect: Effect) -> bool:
        made = sum(one.count for one in kinds if kind_of(one.error) in effect.errors and effect.row in ("", one.row))
        return bool(made) and 2 * made >= failed

    return _given(info, mine)


def behind_value(requirement: str, info: RunInfo) -> tuple[Intended, ...]:
    """The same for the value of a requirement that no finding explains."""
    return _given(info, lambda one: requirement in one.requirements)


def _given(info: RunInfo, causes: Callable[[Effect], bool]) -> tuple[Intended, ...]:
    given = on_purpose(info.deployment.options)
    return tuple(one for one in given if one.name in EFFECTS and causes(EFFECTS[one.name]))


def largest(finding: Finding) -> str:
    """The part that took most of a requirement's time; "" for a pattern."""
    return next(iter(finding.shares), "")
