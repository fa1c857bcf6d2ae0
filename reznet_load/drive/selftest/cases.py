"""The matrix: what a run must report for each fault of the embedded target, and for disturbed surroundings."""

from __future__ import annotations

from dataclasses import dataclass

from reznet_load.drive.selftest.surroundings import CLOCK_AHEAD, CLOCK_BACK, FEW_FILES, FULL_DISK


@dataclass(frozen=True, slots=True)
class Case:
    """What a run must report, and what it must not report.

    target         options of the embedded target
    surroundings   the disturbance of the run (surroundings.py); "": none
    fails, may     ids of verdicts that must fail, and that may fail; no other may fail
    pending        ids of verdicts that must be Pending
    findings       ids of patterns that must be found; no other may be found
    says           a kind of failure that must be reported
    where          the part that must have taken most of the time of each verdict in `fails`
    hidden         ids of verdicts that must be Pending and must not affect the outcome
    cautions       ids of Cautions that must be there
    steady         True: no verdict may say that a stall may be hidden
    quick          True: also part of `--quick`
    """

    name: str
    target: str
    fails: frozenset[str] = frozenset()
    may: frozenset[str] = frozenset()
    findings: frozenset[str] = frozenset()
    says: str = ""
    pending: frozenset[str] = frozenset()
    where: str = ""
    quick: bool = False
    surroundings: str = ""
    cautions: frozenset[str] = frozenset()
    steady: bool = False
    hidden: frozenset[str] = frozenset()


def _case(
    name: str,
    fails: str = "",
    *,
    options: str = "",
    may: str = "",
    findings: str = "",
    says: str = "",
    pending: str = "",
    where: str = "",
    quick: bool = False,
    surroundings: str = "",
    cautions: str = "",
    steady: bool = False,
    hidden: str = "",
) -> Case:
    return Case(
        name=name,
        target=options or ("--seed 7" if surroundings else f"--fault {name}"),
        fails=frozenset(fails.split()),
        may=frozenset(may.split()),
        findings=frozenset(findings.split()),
        says=says,
        pending=frozenset(pending.split()),
        where=where,
        quick=quick,
        surroundings=surroundings,
        cautions=frozenset(cautions.split()),
        steady=steady,
        hidden=frozenset(hidden.split()),
    )


CASES = (
    _case("healthy", options="--seed 7", quick=True),
    _case("slow-query", "db_query_p95", quick=True, where="database"),
    _case("slow-redis", "cache_ops_mean", where="cache"),
    _case("cache-bypassed", "query_reduction", findings="cache_bypassed", pending="cache_hit_rate"),
    _case("cold-cache", "cache_hit_rate query_reduction", findings="cold_cache"),
    _case("blocked-loop", "websocket_latency_p95", may="inter_chunk_mean db_query_p95", findings="loop_blocked",
          where="event loop"),
    _case("slow-endpoint", "api_p50", where="application"),
    _case("slow-but-good", steady=True),
    _case("rare-endpoint", "api_p95", where="application"),
    _case("slow-first-token", "ttfb_mean", options="--first-token 800ms --gap 10ms --length 30", findings="provider_slow",
          where="provider"),
    _case("slow-gaps", "inter_chunk_mean", options="--gap 130ms --length 12 --length-spread 0.05",
          findings="provider_slow", where="provider"),
    _case("long-replies", "agent_response_p95", options="--gap 35ms --length 110 --length-spread 0.05",
          findings="provider_slow", where="provider"),
    _case("stall", "error_rate", says="stall", may="agent_response_p95 ttfb_mean inter_chunk_mean"),
    _case("silence", "error_rate ttfb_mean", says="silence", may="agent_response_p95"),
    _case("rare-silence", "error_rate ttfb_mean", says="silence", may="agent_response_p95"),
    _case("error-in-stream", "error_rate", says="error in stream", may="agent_response_p95 ttfb_mean inter_chunk_mean",
          findings="provider_limiting"),
    _case("error-after-reply", "error_rate", says="error after reply", may="agent_response_p95", quick=True),
    _case("disconnected", "error_rate", says="stall", may="agent_response_p95 ttfb_mean inter_chunk_mean"),
    _case("rate-limited", "error_rate", says="rate limited", may="agent_response_p95 ttfb_mean",
          findings="provider_limiting"),
    _case("overloaded", "error_rate", says="overloaded", may="agent_response_p95 ttfb_mean", findings="provider_limiting"),
    _case("busy", "error_rate", options="--agent-concurrency 1", says="busy", may="agent_response_p95 ttfb_mean",
          findings="agents_one_at_a_time"),
    _case("server-errors", "error_rate", says="HTTP 500", may="api_p50 api_p95"),
    _case("dropped-sockets", "concurrent_users", says="disconnected",
          may="error_rate agent_response_p95 websocket_latency_p95 ttfb_mean inter_chunk_mean"),
    _case("refused-sockets", "concurrent_users", says="connect refused",
          may="error_rate agent_response_p95 websocket_latency_p95 ttfb_mean inter_chunk_mean"),
    _case("no-compression", "compression", findings="compression_off"),
    _case("broadcast", options="--delivery broadcast", findings="fan_out",
          may="websocket_latency_p95 agent_response_p95 ttfb_mean inter_chunk_mean api_p95"),
    _case("lying-instrument", findings="instrument_lies"),
    _case("lost-redis", may="query_reduction cache_hit_rate cache_ops_mean error_rate api_p95", findings="redis_lost"),
    _case("long-keys", "payload_reduction"),
    _case("memory-growth", "backend_memory"),
    _case("connection-leak", "db_connections"),
    _case("drop-index", findings="missing_index"),
    _case("wrong-lifetime", findings="wrong_lifetime"),
    _case("no-invalidation", findings="no_invalidation"),
    _case("no-op-update"),
    _case("hidden-sessions", hidden="db_connections query_reduction"),
    _case("clock-ahead", surroundings=CLOCK_AHEAD, cautions="clock_step"),
    _case("clock-back", surroundings=CLOCK_BACK, cautions="clock_step"),
    _case("full-disk", surroundings=FULL_DISK),
    _case("few-files", surroundings=FEW_FILES),
    _case("pool-exhausted", "error_rate", findings="pool_exhausted",
          may="api_p50 api_p95 websocket_latency_p95 agent_response_p95 ttfb_mean concurrent_users db_query_p95"),
)  # fmt: skip
