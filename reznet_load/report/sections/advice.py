"""Action items of each section: what this run did, and what is still to do."""

from __future__ import annotations

from reznet_load.core.outages import SCENARIO as FAILURES
from reznet_load.core.outages import outages
from reznet_load.core.run import INVALID, SUITE
from reznet_load.report.lines import tried_large
from reznet_load.report.sections import providers, server_findings
from reznet_load.report.view import View

_STRESS, _SEARCH = "stress", "capacity"


def action(done: bool, text: str) -> str:
    """An action item; its box is ticked where this run did it."""
    return f"- [{'x' if done else ' '}] {text}"


def _has(view: View, key: str) -> bool:
    return view.row(key) is not None


def _endpoints_item(slow: list[str], fast: bool) -> str:
    if slow:
        return f"Profile {', '.join(dict.fromkeys(slow))}"
    return "No endpoint is past its limit" if fast else "Prove every endpoint below its limit"


def _load_items(view: View) -> list[tuple[bool, str]]:
    """What section 6 is to be filled with: whether it was done, and what.

    A search holds no load for long, and a run that is void or was broken off has done nothing of it.
    """
    info, load, valid = view.result.info, view.context["load"], view.result.outcome not in INVALID
    large = (valid and tried_large(view)) or view.context["large"] is not None
    if valid and info.scenario not in (SUITE, _SEARCH):
        held = f" ({info.scenario}, {info.users} users)"
    else:
        held = f" (run {load['run']})" if load else ""
    return [
        (bool(held), f"Run a load test{held or ': make load'}"),
        (_has(view, "GAUGE target cpu"), "Monitor resource usage (CPU, memory, connections)"),
        (large, "Try 100 users" + ("" if large else ": make load USERS=100 DURATION=120s")),
        (
            (valid and info.scenario == _STRESS) or _ran(view, _STRESS),
            "Verify graceful degradation under stress: make stress",
        ),
        (
            (valid and bool(outages(info.phases))) or _ran(view, FAILURES),
            "Test failure modes and recovery: make failures",
        ),
    ]


def _ran(view: View, scenario: str) -> bool:
    """Before this run, validly, as far as the document knows."""
    return any(one["scenario"] == scenario and one["outcome"] not in INVALID for one in view.context["history"])


def open_load(view: View) -> list[str]:
    """What section 6 still waits for."""
    return [text for done, text in _load_items(view) if not done]


def actions(view: View) -> dict[str, list[str]]:
    """Action items by section."""
    info, outcome = view.result.info, {v.id: v.outcome for v in view.result.verdicts}
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
            action(bool(server_findings.plans(view)), "Verify index usage with EXPLAIN ANALYZE"),
            action(outcome.get("cache_hit_rate") not in (None, "pending"), "Check cache hit rates"),
        ],
        "first_byte": [
            action(_has(view, "CHAT first token"), "Time the first token that users see"),
            *(action(*item) for item in providers.items(view)),
        ],
        "cache": [
            action(_has(view, "PROBE cache read"), "Read hits and misses from Redis"),
            action(bool(server_findings.facts(view, "redis").get("invalidation")), "Validate cache invalidation"),
            action(_has(view, "GAUGE cache memory"), "Monitor cache memory usage"),
        ],
        "endpoints": [
            action(loaded and _has(view, "GET /health"), "Time every endpoint under load"),
            action(fast, _endpoints_item(slow, fast)),
        ],
        "load": [action(*item) for item in _load_items(view)],
        "streaming": [
            action(gap, "Time every gap between chunks"),
            action(outcome.get("compression") == "pass", "Verify that WebSocket compression is negotiated"),
            action(_has(view, "GAUGE payload saved"), "Measure what short keys save"),
        ],
    }  # fmt: skip
