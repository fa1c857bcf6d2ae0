"""What to do about a finding that was caused on purpose, or that is about a simulated provider."""

from __future__ import annotations

from dataclasses import replace

from reznet_load.core.finding import Finding
from reznet_load.core.on_purpose import on_purpose, texts
from reznet_load.core.run import RunInfo
from reznet_load.verdict.diagnosis.patterns.rule import Rule
from reznet_load.verdict.diagnosis.shares import APPLICATION, CACHE, DATABASE, LOOP, PROVIDER, PROVIDER_UNKNOWN

_STREAM = ("--first-token", "--gap", "--length", "--first-token-spread", "--gap-spread", "--length-spread", "--shape")
_HANDLERS = (
    "--process-time", "--capacity", "--agent-concurrency",
    "--fault slow-endpoint", "--fault rare-endpoint", "--fault slow-but-good",
)  # fmt: skip
# Part of a requirement's time -> the target's options that lengthen it.
_OPTIONS = {
    PROVIDER: (*_STREAM, "--process-time"),
    PROVIDER_UNKNOWN: (*_STREAM, *_HANDLERS),
    APPLICATION: _HANDLERS,
    DATABASE: ("--fault slow-query", "--fault drop-index", "--fault pool-exhausted", "--fault connection-leak"),
    CACHE: ("--fault slow-redis", "--fault cold-cache", "--fault cache-bypassed", "--fault lost-redis"),
    LOOP: ("--fault blocked-loop", "--delivery", "--process-time"),
}
_SLOW_PROVIDER = "provider_slow"
# A pattern -> faults that show it, next to the one that proves its rule.
_FAULTS = {"provider_limiting": {"--fault error-in-stream", "--fault overloaded"}}
_SIMULATED = (
    "The provider is simulated: run with a real provider's key before you change the backend for its sake, or make "
    "the simulator faster."
)


def with_intent(finding: Finding, info: RunInfo, rules: tuple[Rule, ...]) -> Finding:
    """`finding` with suitable advice if options of the embedded target, or a simulator, are its cause."""
    of_provider = finding.id == _SLOW_PROVIDER or next(iter(finding.shares), "") == PROVIDER
    if options := texts(on_purpose(info.deployment.options), causes(finding, rules)):
        slow = f"{finding.text.removesuffix('.')}: it was started with {options}."
        text = slow if finding.id == _SLOW_PROVIDER else finding.text
        return replace(finding, text=text, advice=without(options))
    return replace(finding, advice=_SIMULATED) if of_provider and info.deployment.simulated else finding


def without(options: str) -> str:
    """What to do where `options` of the embedded target are the cause."""
    return (
        f"Start the target without {options}, which caused this on purpose, or test a deployment of yours (HOST=URL)."
    )


def causes(finding: Finding, rules: tuple[Rule, ...]) -> set[str]:
    """Names of the options that can cause it."""
    if finding.shares:
        return set(_OPTIONS.get(next(iter(finding.shares)), ()))
    found = {one.name for rule in rules if rule.id == finding.id for one in on_purpose(rule.fault)}
    return found | _FAULTS.get(finding.id, set()) | set(_OPTIONS[PROVIDER] if finding.id == _SLOW_PROVIDER else ())
