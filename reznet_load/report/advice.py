"""What to do: action items, known issues, opportunities and recommendations, from verdicts and cautions."""

from __future__ import annotations

from reznet_load.core.outages import outages
from reznet_load.core.run import SUITE, Verdict
from reznet_load.report import beneath
from reznet_load.report.lines import line
from reznet_load.report.view import View, actual, sentence

_AREA = {  # requirement -> the recommendation group its failure belongs to
    "db_query_p95": "Database", "db_connections": "Database", "query_reduction": "Caching", "cache_hit_rate": "Caching",
    "cache_ops_mean": "Caching", "ttfb_mean": "LLM", "agent_response_p95": "LLM", "inter_chunk_mean": "LLM",
    "api_p50": "Infrastructure", "api_p95": "Infrastructure", "websocket_latency_p95": "Infrastructure",
    "concurrent_users": "Infrastructure", "error_rate": "Infrastructure", "backend_memory": "Infrastructure",
}  # fmt: skip
# What the failure of a requirement asks for first; the run's own numbers stand beside it.
_FIRST = {
    "agent_response_p95": "compare first token and gaps: a late first token is the provider or a queue in front of it, "
    "long gaps are the stream itself",
    "ttfb_mean": "time the provider alone; if it is as slow alone, choose a faster model or stream a first word earlier",
    "websocket_latency_p95": "look for work that blocks the event loop: ping does nothing but pass through it",
    "api_p50": "the endpoint is slow for everybody: look at its queries and at its cache",
    "api_p95": "the endpoint is slow for some: look for locks, cold caches and large pages",
    "error_rate": "read the failures by kind below; the most frequent first",
    "inter_chunk_mean": "chunks arrive late: look at the provider's gaps and at the event loop between them",
    "concurrent_users": "connections were refused or lost: look at the accept queue, file limits and proxies",
}


def action(done: bool, text: str) -> str:
    """An action item; its box is ticked where this run did it."""
    return f"- [{'x' if done else ' '}] {text}"


def _has(view: View, key: str) -> bool:
    return view.row(key) is not None


def _endpoints_item(slow: list[str], fast: bool) -> str:
    if slow:
        return f"Profile {', '.join(dict.fromkeys(slow))}"
    return "No endpoint is past its limit" if fast else "Prove every endpoint below its limit"


def _load_item(view: View) -> str:
    info, load = view.result.info, view.context["load"]
    if info.scenario != SUITE:
        return f"Run a load test ({info.scenario}, {info.users} users)"
    return f"Run a load test (run {load['run']})" if load else "Run a load test: make load"


def actions(view: View) -> dict[str, list[str]]:
    """Action items by section."""
    info, outcome = view.result.info, {v.id: v.outcome for v in view.result.verdicts}
    large = info.users >= 100 or view.context["large"] is not None
    loaded = info.scenario != SUITE
    turn, gap = _has(view, "CHAT agent turn"), _has(view, "CHAT chunk gap")
    simulated = "simulated" in info.notes.get("provider", "")
    met = outcome.get("agent_response_p95") == "pass"
    fast = outcome.get("api_p50") == outcome.get("api_p95") == "pass"
    slow = [v.row for v in view.result.verdicts if v.id.startswith("api_") and v.outcome == "fail"]
    return {
        "agents": [
            action(turn and not simulated, "Run with a real provider's key" + (" (this run's was simulated)" if simulated else "")),
            action(turn, "Analyze p95 response times"),
            action(met, "No bottleneck to identify: the target is met" if met else "Identify bottlenecks"),
        ],
        "database": [
            action(_has(view, "PROBE agent list query"), "Time the queries on PostgreSQL itself"),
            action(bool(beneath.plans(view)), "Verify index usage with EXPLAIN ANALYZE"),
            action(outcome.get("cache_hit_rate") not in (None, "pending"), "Check cache hit rates"),
        ],
        "first_byte": [
            action(_has(view, "CHAT first token"), "Time the first token that users see"),
            action(_has(view, "PROBE anthropic first byte"), "Time each provider alone and compare them"),
            action(False, "Test from different network conditions"),
        ],
        "cache": [
            action(_has(view, "PROBE cache read"), "Read hits and misses from Redis"),
            action(bool(beneath.facts(view, "redis").get("invalidation")), "Validate cache invalidation"),
            action(_has(view, "GAUGE cache memory"), "Monitor cache memory usage"),
        ],
        "endpoints": [
            action(loaded and _has(view, "GET /health"), "Time every endpoint under load"),
            action(fast, _endpoints_item(slow, fast)),
        ],
        "load": [
            action(loaded or view.context["load"] is not None, _load_item(view)),
            action(_has(view, "GAUGE target cpu"), "Monitor resource usage (CPU, memory, connections)"),
            action(large, "Try 100 users" + ("" if large else ": make load USERS=100 DURATION=120s")),
            action(info.scenario == "stress", "Verify graceful degradation under stress: make stress"),
            action(bool(outages(info.phases)), "Test failure modes and recovery: make failures"),
        ],
        "streaming": [
            action(gap, "Time every gap between chunks"),
            action(outcome.get("compression") == "pass", "Verify that WebSocket compression is negotiated"),
            action(_has(view, "GAUGE payload saved"), "Measure what short keys save"),
        ],
    }  # fmt: skip


def _troubled(view: View, *outcomes: str) -> list[Verdict]:
    return [v for v in view.result.verdicts if v.outcome in outcomes and v.counts]


def known_issues(view: View) -> list[str]:
    """What failed, what users saw fail, and why the run may not be trusted."""
    found = [f"**{v.title}**{'' if v.required else ' (advisory)'}: {actual(v)}" for v in _troubled(view, "fail")]
    for row in view.users_rows():
        for text, count in row.errors.items():
            found.append(f"**{row.key}**: {count} of {row.total} failed with “{text}”.")
    found += [f"**{one.text}** {one.evidence} {one.advice}" for one in view.result.findings]
    found += [f"**{caution.text}** {caution.remedy}" for caution in view.result.cautions if caution.void]
    return found


def opportunities(view: View) -> list[str]:
    """What is not failed but not proven either, and the rows that use most of their limit."""
    found = [f"{v.title}: {sentence(v.reason)}" for v in _troubled(view, "warning")]
    limits = {nfr.id: nfr.limit for nfr in view.requirements.nfrs}
    for v in _troubled(view, "pass"):
        limit = limits.get(v.id)  # a recovery's verdict has none in nfr.toml
        if limit and limit.below and v.value is not None and limit.value and v.value > 0.7 * limit.value:
            found.append(f"{v.title} uses {100 * v.value / limit.value:.0f} % of its limit ({v.row}).")
    return found


def _first(verdict: Verdict) -> str:
    """What to look at first: a row that fails by errors is not slow."""
    if verdict.value is None and "failed" in verdict.reason:
        return f"read the kinds of failure of {verdict.row} below; the most frequent first"
    return _FIRST[verdict.id]


def immediate(view: View) -> dict[str, list[str]]:
    """Immediate actions in the document's three groups."""
    shown = [one.verdict for nfr in view.requirements.nfrs if (one := line(view, nfr.id)) is not None]
    pending = [v for v in shown if v.outcome == "pending"]
    failed, weak = _troubled(view, "fail"), _troubled(view, "warning")
    return {
        "Run Performance Tests": [f"{v.title} is not measured yet: {v.reason}." for v in pending],
        "Profile Slow Operations": [f"{v.title}: {_first(v)}." for v in failed if v.id in _FIRST],
        "Load Testing": [f"{v.title}: {sentence(v.reason)}" for v in weak]
        + [sentence(v.reason) for v in view.result.verdicts if v.id == "concurrent_users" and not v.counts and v.reason],
    }  # fmt: skip


def long_term(view: View) -> dict[str, list[str]]:
    """Failed requirements under the long-term groups they belong to."""
    groups: dict[str, list[str]] = {"Database": [], "Caching": [], "LLM": [], "Infrastructure": []}
    for v in _troubled(view, "fail"):
        groups[_AREA.get(v.id, "Infrastructure")].append(f"{v.title}: {actual(v)}")
    return groups
