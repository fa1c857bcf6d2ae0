"""Every verdict proven both ways: a run for each fault of the embedded target, and what it must and must not change."""

from __future__ import annotations

import contextlib
import io
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from reznet_load.core.errors import ConfigError
from reznet_load.core.run import RunResult
from reznet_load.core.run_files import read_result
from reznet_load.core.settings.settings import Settings
from reznet_load.drive.whole_run import run

_COMMON = "--messages 5000"
# What the reference target's recorded wire format really saves is below the NFR's 40 %: it fails whatever is switched.
_ALWAYS = frozenset({"payload_reduction"})
_LATENCY = frozenset({"agent_response_p95", "ttfb_mean", "inter_chunk_mean"})


@dataclass(frozen=True, slots=True)
class Case:
    """`target` options; verdicts that must fail, that may; patterns that must be found, and no other; a failure kind that
    must be named; and `where` the time of what must fail went.
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
) -> Case:
    words = [frozenset(text.split()) for text in (fails, may, findings)]
    return Case(name, options or f"--fault {name}", *words, says, frozenset(pending.split()), where, quick)


CASES = (
    _case("healthy", options="--seed 7", quick=True),
    _case("slow-query", "db_query_p95", quick=True, where="database"),
    _case("slow-redis", "cache_ops_mean", where="cache"),
    _case("cache-bypassed", "query_reduction", findings="cache_bypassed", pending="cache_hit_rate"),
    _case("cold-cache", "cache_hit_rate query_reduction", findings="cold_cache"),
    _case("blocked-loop", "websocket_latency_p95", may="inter_chunk_mean db_query_p95", findings="loop_blocked",
          where="event loop"),
    _case("slow-endpoint", "api_p50", where="application"),
    _case("slow-but-good"),
    _case("rare-endpoint", "api_p95", where="application"),
    _case("slow-first-token", "ttfb_mean", options="--first-token 800ms --gap 10ms --length 30", findings="provider_slow",
          where="provider"),
    _case("slow-gaps", "inter_chunk_mean", options="--gap 130ms --length 12 --length-spread 0.05",
          findings="provider_slow", where="provider"),
    _case("long-replies", "agent_response_p95", options="--length 200", findings="provider_slow", where="provider"),
    _case("stall", "error_rate", says="stall", may="agent_response_p95 ttfb_mean inter_chunk_mean"),
    _case("silence", "error_rate ttfb_mean", says="silence", may="agent_response_p95"),
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
    _case("pool-exhausted", "error_rate", findings="pool_exhausted",
          may="api_p50 api_p95 websocket_latency_p95 agent_response_p95 ttfb_mean concurrent_users db_query_p95"),
)  # fmt: skip


def selftest(settings: Settings, names: list[str], quick: bool) -> int:
    """Run the matrix and print it; 0 where every line is as it must be, else 1."""
    known = [case.name for case in CASES if case.quick or not quick]
    if unknown := [name for name in names if name not in known]:
        raise ConfigError(
            f"selftest: read {unknown[0]!r}, expected some of {', '.join(known)}"
            + (" (--quick leaves out the others)" if quick else "")
        )
    chosen = [case for case in CASES if (not names or case.name in names) and (case.quick or not quick)]
    wrong = 0
    print(f"{'fault':<18} {'':<3} what the run said", flush=True)
    for case in chosen:
        faults = _tried(case, settings)
        wrong += bool(faults)
        print(f"{case.name:<18} {'✅' if not faults else '❌'}  {'; '.join(faults) or _said(case)}", flush=True)
    print(f"{len(chosen) - wrong} of {len(chosen)} as they must be", flush=True)
    return 1 if wrong else 0


def _said(case: Case) -> str:
    parts = [", ".join(sorted(case.fails)) + " failed" if case.fails else "", case.says and f"“{case.says}” named"]
    parts += [f"found {', '.join(sorted(case.findings))}" if case.findings else ""]
    return "; ".join(filter(None, parts)) or "nothing failed, nothing found"


def _tried(case: Case, settings: Settings) -> list[str]:
    """What is not as it must be."""
    with tempfile.TemporaryDirectory(prefix="reznet-load-") as home:
        timeouts = replace(settings.timeouts, first_token=6.0, gap=4.0, request=5.0)
        own = replace(settings, host="", reports=home, timeouts=timeouts, target="", database_url="", redis_url="")
        own = replace(own, duration=settings.duration or 25.0, ramp=3.0, users=settings.users or 40)
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            run("load", own, f"{_COMMON} {case.target}", 0, ["reznet-load", "selftest", case.name], quiet=True)
        found = sorted(Path(home).glob("*/result.json"))
        if not found:
            return [f"no result: {said.getvalue()[-300:]}"]
        return check(case, read_result(found[0]))


def check(case: Case, result: RunResult) -> list[str]:
    """Each deviation of `result` from `case`, in words."""
    outcomes = {verdict.id: verdict.outcome for verdict in result.verdicts}
    failed = {id for id, outcome in outcomes.items() if outcome == "fail"}
    named = {finding.id for finding in result.findings if finding.kind == "pattern"}
    kinds = " ".join(text for row in result.rows for text in row.errors)
    reasons = {v.id: v.reason for v in result.verdicts}
    wrong = [f"{id} is {outcomes.get(id)} ({reasons.get(id)})" for id in sorted(case.fails - failed)]
    wrong += [f"{id} failed too ({reasons[id]})" for id in sorted(failed - case.fails - case.may - _ALWAYS)]
    wrong += [
        f"{id} is {outcomes.get(id)}, not pending" for id in sorted(case.pending) if outcomes.get(id) != "pending"
    ]
    wrong += [f"finding {id} is missing" for id in sorted(case.findings - named)]
    wrong += [f"finding {id} is wrong" for id in sorted(named - case.findings)]
    if case.where:
        wrong += [text for id in sorted(case.fails & failed) if (text := _elsewhere(case, id, result))]
    if case.says and case.says not in kinds:
        wrong.append(f"no failure named “{case.says}” in: {kinds[:200] or 'none'}")
    if result.outcome in ("void", "interrupted"):
        wrong.append(f"the run is {result.outcome}: " + "; ".join(c.text for c in result.cautions if c.void))
    return wrong


def _elsewhere(case: Case, id: str, result: RunResult) -> str:
    """What is wrong with where the time of `id` went; empty where it is right."""
    shares = next((found.shares for found in result.findings if found.id == f"time_{id}"), {})
    most = max(shares, key=lambda part: shares[part], default="nowhere")
    return "" if most == case.where else f"the time of {id} went to {most}, not to {case.where}"
