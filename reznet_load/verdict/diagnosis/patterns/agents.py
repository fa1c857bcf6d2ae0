"""Patterns of agents and of the providers behind them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reznet_load.core.failed.failure_kinds import FailureKind, kind_of, refusals
from reznet_load.core.kinds import AGENTS, users_with
from reznet_load.core.measured.named_row import RowFamily
from reznet_load.core.measured.statistic import statistic_of
from reznet_load.core.rows import (
    AGENT_TURN,
    CHUNK_GAP,
    FIRST_TOKEN,
    PROVIDER_FIRST_BYTE,
    PROVIDER_FIRST_TEXT,
    PROVIDER_GAP,
    PROVIDER_REPLY,
)
from reznet_load.core.units import format_value
from reznet_load.verdict.diagnosis.estimate import estimate
from reznet_load.verdict.diagnosis.evidence import PROVIDERS, Evidence
from reznet_load.verdict.diagnosis.patterns import thresholds as at
from reznet_load.verdict.diagnosis.patterns.rule import Rule, Seen, Undecided, at_least
from reznet_load.verdict.diagnosis.shares import PROVIDER
from reznet_load.verdict.intervals import exceedance, mean_interval


@dataclass(frozen=True, slots=True)
class Aspect:
    """`part`, timed on the provider alone, and the `users` row that contains it.

    `nfr` limits its `statistic`, by default to `limit` ms.

    alone   what the provider took alone, `{}` for the time
    waited  what users waited for
    """

    part: RowFamily
    users: str
    nfr: str
    limit: float
    statistic: str
    alone: str
    waited: str

    @property
    def what(self) -> str:
        """`first text`, `gap` or `reply`."""
        return self.part.of("").name.strip()


ASPECTS = (
    Aspect(
        PROVIDER_FIRST_TEXT,
        FIRST_TOKEN.key,
        "ttfb_mean",
        500.0,
        "mean",
        "took {} to its first text (mean)",
        "time to the first token",
    ),
    Aspect(
        PROVIDER_GAP,
        CHUNK_GAP.key,
        "inter_chunk_mean",
        100.0,
        "mean",
        "sent a chunk every {} (mean)",
        "time between two chunks",
    ),
    Aspect(
        PROVIDER_REPLY,
        AGENT_TURN.key,
        "agent_response_p95",
        3000.0,
        "p95",
        "took {} for a whole reply (p95)",
        "time for a whole reply",
    ),
)


# A provider that refuses: 429 and 529, from itself or as the cause that a backend names.
_LIMITS = (FailureKind.RATE_LIMITED, FailureKind.OVERLOADED)


def _turns_failed(evidence: Evidence, *kinds: FailureKind) -> tuple[int, int, int]:
    """(turns that failed in one of these ways, all failed turns, turns)."""
    row = evidence.rows.get(AGENT_TURN.key)
    if row is None:
        return 0, 0, 0
    return sum(n for text, n in row.errors.items() if kind_of(text) in kinds), row.failures, row.total


def _enough(count: int, total: int) -> bool:
    return count >= at.FEWEST and 100 * count >= at.FAILED_SHARE * total


def _see_busy(evidence: Evidence) -> Seen | None:
    busy, failed, turns = _turns_failed(evidence, FailureKind.BUSY)
    if not _enough(busy, turns):
        return None
    askers = users_with(evidence.info.mix, AGENTS)
    agents = len(evidence.info.deployment.agents)
    words = {"busy": f"{busy} of {turns}", "share": f"{100 * busy / turns:.0f}"}
    words["askers"] = f"{askers} users asked {agents} agents" if agents else f"{askers} users asked"
    return Seen(words, 100 * busy / failed)


def _see_limiting(evidence: Evidence) -> Seen | None:
    refused, failed, turns = _turns_failed(evidence, *_LIMITS)
    row = evidence.rows.get(AGENT_TURN.key)
    how = ", ".join(f"{count} × {name}" for name, count in refusals(row.errors if row else {}, _LIMITS).items())
    alone: dict[str, int] = {}
    for name in PROVIDERS:
        row = evidence.rows.get(PROVIDER_FIRST_BYTE.of(name).key)
        for text, count in (row.errors if row else {}).items():
            if kind_of(text) in _LIMITS:
                alone[f"{name} {text}"] = count
    if not _enough(refused, turns) and sum(alone.values()) < at.FEWEST:
        return None
    said = ", ".join(f"{count} × {what}" for what, count in sorted(alone.items()))
    words = {
        "refused": f"{refused} of {turns}",
        "how": f" ({how})" if how else "",
        "alone": f" Asked directly, not through the backend: {said}." if said else "",
    }
    return Seen(words, 100 * refused / failed if failed else 0.0)


def _see_slow(evidence: Evidence) -> Seen | Undecided | None:
    """Slow by itself, and the larger part of what users wait for. Both are decided by their bounds, so that chance does
    not.
    """
    sentences: list[str] = []
    about = []
    largest = 0.0
    open_ = []
    for aspect in ASPECTS:
        limit = evidence.limit(aspect.nfr, aspect.limit)
        alone = _alone(evidence, aspect)
        if alone is not None and alone[2] < limit:
            continue  # certainly fast enough by itself
        made = estimate(evidence, aspect.users, aspect.statistic, evidence.phase)
        share = made.share(PROVIDER) if made else None
        if made is None or share is None or share.high < at.PROVIDER_SHARE:
            continue  # certainly the smaller part
        if alone is None:
            if made.split.value >= limit:
                open_.append(
                    f"{aspect.what} alone was timed fewer than {at.FEWEST_REPLIES} times, and the provider has {share.text} "
                    f"of the users' {format_value(made.split.value, 'ms')}"
                )
            continue
        value, low, high = alone
        if low < limit or share.low < at.PROVIDER_SHARE:
            open_.append(
                f"{aspect.what} alone takes {format_value(low, 'ms')} to {format_value(high, 'ms')} "
                f"(slow from {format_value(limit, 'ms')}), {share.text} of the users' (decisive from {at.PROVIDER_SHARE:.0f} %)"
            )
            continue
        # One time of the provider alone is enough: a second one next to the users' times confused readers.
        took = (
            f"Asked directly by reznet-load during the load, the provider {aspect.alone.format(format_value(value, 'ms'))}. "
            if not sentences
            else ""
        )
        sentences.append(f"{took}Estimated share of the provider in the users' {aspect.waited}: {share.text}.")
        about.append(aspect.nfr)
        largest = max(largest, share.value)
    if sentences:
        simulated = " (simulated)" if evidence.info.deployment.simulated else ""
        return Seen(
            {
                "provider": evidence.provider + simulated,
                "sentences": " ".join(sentences),
            },
            largest,
            tuple(about),
        )
    return Undecided("; ".join(open_)) if open_ else None


def _alone(evidence: Evidence, aspect: Aspect) -> tuple[float, float, float] | None:
    """(value, low, high) of what the provider takes when asked directly, in ms; None if it was asked too seldom."""
    part = evidence.within(aspect.part.of(evidence.provider).key)
    kept = None if part is None else part.ok & ~np.isnan(part.value)
    if part is None or kept is None or kept.sum() < at.FEWEST_REPLIES:
        return None
    start, value = part.start[kept], part.value[kept].astype(float)
    level = statistic_of(aspect.statistic).level
    if level:
        seen = exceedance(start, value, aspect.limit, level)
        return seen.value, seen.low, seen.high
    mean = mean_interval(start, value)
    return float(value.mean()), mean.low, mean.high


def _timed_alone(evidence: Evidence) -> str:
    if not evidence.provider:
        return "the backend does not say which provider it uses, or that one was not timed alone"
    if all(_alone(evidence, aspect) is None for aspect in ASPECTS):
        return f"{evidence.provider} was asked fewer than {at.FEWEST_REPLIES} times alone"
    return ""


def _shared(evidence: Evidence) -> str:
    """Why the pattern cannot be checked with one user, who never meets a busy agent."""
    return "" if users_with(evidence.info.mix, AGENTS) > 1 else "one user alone asks no agent that answers another"


_TURNS = at_least(AGENT_TURN.key, at.FEWEST_READS, "questions")

RULES = (
    Rule(
        "agents_one_at_a_time", "agents that answer one at a time",
        "Agents answer one question at a time.",
        "{busy} questions ({share} %) were answered “busy” and never got a reply; {askers}.",
        "Let an agent answer several users at once (its state belongs to the conversation, not to the agent), or queue "
        "questions instead of refusing them.",
        ("error_rate", "agent_response_p95", "ttfb_mean"), "Infrastructure", ("agent",), "--agent-concurrency 1", _see_busy,
        (_shared, _TURNS), (FailureKind.BUSY,), False,
    ),
    Rule(
        "provider_slow", "slow provider",
        "The provider {provider}, not the backend, is slow.",
        "{sentences}",
        "Choose a faster model or region, shorten prompt and reply, or let the backend send a first word before the model answers.",
        ("ttfb_mean", "agent_response_p95", "inter_chunk_mean"), "LLM", ("agent", "providers"), "--first-token 800ms",
        _see_slow, (_timed_alone,), (FailureKind.SILENCE, FailureKind.STALL, FailureKind.REPLY_TIMEOUT),
    ),
    Rule(
        "provider_limiting", "provider that refuses",
        "The provider refuses requests: rate limit or overload.",
        "{refused} questions were refused{how}.{alone}",
        "Queue requests in front of the provider and keep to its retry-after; raise the quota, or share the load between "
        "keys, models or providers.",
        ("error_rate", "agent_response_p95", "ttfb_mean"), "LLM", ("agent",), "--fault rate-limited", _see_limiting,
        (_TURNS,), _LIMITS, False,
    ),
)  # fmt: skip
