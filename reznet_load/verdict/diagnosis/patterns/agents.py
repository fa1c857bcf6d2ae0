"""Patterns of agents and of the providers behind them."""

from __future__ import annotations

from reznet_load.core.kinds import AGENTS, users_with
from reznet_load.core.units import format_value
from reznet_load.verdict.diagnosis.evidence import PROVIDERS, Evidence
from reznet_load.verdict.diagnosis.patterns import thresholds as at
from reznet_load.verdict.diagnosis.patterns.rule import Rule, Seen

# What of a provider -> what of the users it is in, the requirement of both, its shipped limit in ms, the judged statistic.
_ASPECTS = (
    ("first text", "CHAT first token", "ttfb_mean", 500.0, "mean"),
    ("gap", "CHAT chunk gap", "inter_chunk_mean", 100.0, "mean"),
    ("reply", "CHAT agent turn", "agent_response_p95", 3000.0, "p95"),
)


def _turns_failed(evidence: Evidence, *texts: str) -> tuple[int, int, int]:
    """(turns that failed with one of `texts` in their error, that failed at all, turns)."""
    row = evidence.rows.get("CHAT agent turn")
    if row is None:
        return 0, 0, 0
    return sum(n for text, n in row.errors.items() if any(t in text for t in texts)), row.failures, row.total


def _enough(count: int, total: int) -> bool:
    return count >= at.FEWEST and 100 * count >= at.FAILED_SHARE * total


def _see_busy(evidence: Evidence) -> Seen | None:
    busy, failed, turns = _turns_failed(evidence, "busy:")
    if not _enough(busy, turns):
        return None
    askers = users_with(evidence.info.mix, AGENTS)
    agents = len([name for name in evidence.info.notes.get("agents", "").split(",") if name.strip()])
    words = {"busy": f"{busy} of {turns}", "share": f"{100 * busy / turns:.0f}"}
    words["askers"] = f"{askers} users asked {agents} agents" if agents else f"{askers} users asked"
    return Seen(words, 100 * busy / failed)


def _see_limiting(evidence: Evidence) -> Seen | None:
    refused, failed, turns = _turns_failed(evidence, "(rate limited)", "(overloaded)")
    alone: dict[str, int] = {}
    for name in PROVIDERS:
        row = evidence.rows.get(f"PROBE {name} first byte")
        for text, count in (row.errors if row else {}).items():
            if "429" in text or "529" in text:
                alone[f"{name} {text}"] = count
    if not _enough(refused, turns) and sum(alone.values()) < at.FEWEST:
        return None
    said = ", ".join(f"{count} × {what}" for what, count in sorted(alone.items()))
    words = {"refused": f"{refused} of {turns}", "alone": f" Asked alone: {said}." if said else ""}
    return Seen(words, 100 * refused / failed if failed else 0.0)


def _see_slow(evidence: Evidence) -> Seen | None:
    provider, told, about, largest = evidence.provider, [], [], 0.0
    for what, key, nfr, limit, statistic in _ASPECTS:
        alone, users = evidence.rows.get(f"PROBE {provider} {what}"), evidence.rows.get(key)
        mine = getattr(alone, statistic) if alone and alone.count >= at.FEWEST_REPLIES else None
        theirs = getattr(users, statistic) if users else None
        if mine is None or not theirs or mine < evidence.limit(nfr, limit) or 100 * mine < at.PROVIDER_SHARE * theirs:
            continue
        told.append(f"{what} {format_value(mine, 'ms')} of the users' {format_value(theirs, 'ms')} ({statistic})")
        about.append(nfr)
        largest = max(largest, min(100.0, 100 * mine / theirs))
    return Seen({"provider": provider, "told": ", ".join(told)}, largest, tuple(about)) if told else None


RULES = (
    Rule(
        "agents_one_at_a_time", "agents that answer one at a time",
        "Agents answer one question at a time.",
        "{busy} questions ({share} %) were answered “busy” and never got a reply; {askers}.",
        "Let an agent answer several users at once (its state belongs to the conversation, not to the agent), or queue "
        "questions instead of refusing them.",
        ("error_rate", "agent_response_p95"), "Infrastructure", ("agent",), "--agent-concurrency 1", _see_busy,
    ),
    Rule(
        "provider_slow", "slow provider",
        "The provider {provider} is slow by itself.",
        "Asked alone, beside the load: {told}.",
        "Choose a faster model or region, shorten prompt and reply, or show a first word of the backend's own earlier.",
        ("ttfb_mean", "agent_response_p95", "inter_chunk_mean"), "LLM", ("agent", "providers"), "--first-token 800ms", _see_slow,
    ),
    Rule(
        "provider_limiting", "provider that refuses",
        "The provider refuses requests: rate limit or overload.",
        "{refused} questions ended in the provider's 429 or 529.{alone}",
        "Queue requests in front of the provider and keep to its retry-after; raise the quota, or share the load between "
        "keys, models or providers.",
        ("error_rate", "agent_response_p95", "ttfb_mean"), "LLM", ("agent",), "--fault rate-limited", _see_limiting,
    ),
)  # fmt: skip
