"""Patterns of PostgreSQL and Redis."""

from __future__ import annotations

from reznet_load.core.failed.failure_kinds import SERVER_TROUBLE, TOO_LATE
from reznet_load.core.rows import CACHE_READ, DB_CONNECTIONS, DB_IDLE_IN_TRANSACTION, QUERY_REDUCTION, TARGET_CPU
from reznet_load.verdict.diagnosis.evidence import Evidence
from reznet_load.verdict.diagnosis.patterns import thresholds as at
from reznet_load.verdict.diagnosis.patterns.rule import Rule, Seen, at_least

_REDUCED = QUERY_REDUCTION.key
_OF_CHAT = ("turn_p95", "first_token_p95", "first_token_mean")  # of nfr.chat.toml


def _see_pool(evidence: Evidence) -> Seen | None:
    """Sessions are idle in transaction while the backend uses no CPU."""
    rows = evidence.rows
    idle, total = rows.get(DB_IDLE_IN_TRANSACTION.key), rows.get(DB_CONNECTIONS.key)
    cpu = evidence.mean(TARGET_CPU.key)
    if not idle or not total or not total.p50 or not idle.p50 or idle.p50 < at.POOL_SHARE * total.p50:
        return None
    if cpu is not None and cpu > at.IDLE_CPU:
        return None
    used = "" if cpu is None else f" while the backend used {cpu:.0f} % of a core"
    return Seen({"share": f"{100 * idle.p50 / total.p50:.0f} % of {total.p50:.0f}", "used": used})


def _see_index(evidence: Evidence) -> Seen | None:
    missing = evidence.facts("postgres", "before").get("indexes_missing", [])
    if not missing:
        return None
    plans = evidence.facts("postgres").get("plans", {})
    about = [id for id in ("db_query_p95", "api_p95", "api_p50") if _reads_of(evidence, id, missing)]
    read = [f"{name} reads {plan['rows_read']} rows for {plan['rows_returned']:.0f}" for name, plan in plans.items()]
    return Seen({"missing": ", ".join(missing), "read": f"{'; '.join(read)}." if read else ""}, about=tuple(about))


def _reads_of(evidence: Evidence, id: str, missing: list[str]) -> bool:
    """Does the row that decided `id` read from a table that lacks one of the indexes?"""
    verdict = evidence.failed.get(id)
    tables = [name.split("_")[1] for name in missing]  # idx_messages_channel_id
    return verdict is None or any(table.removesuffix("s") in verdict.row for table in tables)


def _uncached(evidence: Evidence) -> tuple[float, int, float | None, int] | None:
    """(percent of agent lists that reached PostgreSQL, lists, percent of hits, reads); None if most are cached."""
    reduced, read = evidence.rows.get(_REDUCED), evidence.rows.get(CACHE_READ.key)
    if reduced is None or reduced.mean is None or reduced.mean > at.UNCACHED or reduced.count < at.FEWEST_READS:
        return None
    return 100 - reduced.mean, reduced.count, read.mean if read else None, read.count if read else 0


def _see_bypassed(evidence: Evidence) -> Seen | None:
    if (seen := _uncached(evidence)) is None:
        return None
    share, lists, _, reads = seen
    if reads > at.READS_A_LIST * lists or "redis" not in evidence.info.probes.get("after", {}):
        return None
    return Seen({"share": f"{share:.0f} % of {lists}", "reads": "no read at all" if not reads else f"{reads} reads"})


def _see_cold(evidence: Evidence) -> Seen | None:
    if (seen := _uncached(evidence)) is None:
        return None
    share, lists, hits, reads = seen
    if hits is None or reads <= at.READS_A_LIST * lists or hits > at.COLD_HITS:
        return None
    return Seen({"share": f"{share:.0f} % of {lists}", "hits": f"{hits:.0f} %", "reads": str(reads)})


def _see_lost(evidence: Evidence) -> Seen | None:
    """Redis answered before the load but not at its end."""
    lost = next((caution for caution in evidence.info.cautions if caution.id == "probe_lost_redis"), None)
    return Seen({"said": lost.text}) if lost else None


def _see_stale(evidence: Evidence) -> Seen | None:
    """After a change through REST the cache still had the old answer."""
    proofs = evidence.facts("redis").get("invalidation", [])
    keys = [one["key"] for one in proofs if not (one["gone"] and one["fresh"])]
    return Seen({"keys": ", ".join(keys)}) if keys else None


def _see_lifetime(evidence: Evidence) -> Seen | None:
    """A key's TTL is missing, longer than specified, or shorter although the key was just written."""
    redis = evidence.facts("redis")
    wrong = []
    shorter = False
    for one in redis.get("lifetimes", []):
        if one["seen"] == -1 or one["seen"] > one["stated"] + 1:
            lives = "without a TTL" if one["seen"] == -1 else f"up to {one['seen']} s"
            wrong.append(f"{one['key']} lives {lives}, specified are {one['stated']} s")
    for one in redis.get("invalidation", []):
        if one["gone"] and 0 < one["ttl"] < one["stated"] - at.LIFETIME_SLACK:
            shorter = True
            wrong.append(f"{one['key']}, just written, lives {one['ttl']} s, specified are {one['stated']} s")
    # a lifetime that is too long causes no additional reads from PostgreSQL
    about = ("cache_hit_rate",) if shorter else ()
    return Seen({"wrong": "; ".join(wrong)}, about=about) if wrong else None


def _sessions(evidence: Evidence) -> str:
    key = DB_IDLE_IN_TRANSACTION.key
    return "" if key in evidence.rows else evidence.hidden(key) or "sessions of PostgreSQL were not read"


def _catalogue(evidence: Evidence) -> str:
    known = evidence.facts("postgres", "before").get("indexes_missing") is not None
    return "" if known else "the indexes of PostgreSQL were not read"


def _lists(evidence: Evidence) -> str:
    return at_least(_REDUCED, at.FEWEST_READS, "agent lists with PostgreSQL's count")(evidence)


def _reads(evidence: Evidence) -> str:
    hidden = evidence.hidden(CACHE_READ.key)
    return hidden or ("" if evidence.facts("redis") else "Redis was not read at the end of the run")


def _proven(evidence: Evidence) -> str:
    redis = evidence.facts("redis")
    return (
        ""
        if redis.get("invalidation")
        else redis.get("invalidation_missing") or "invalidation was not tried after the run"
    )


def _lived(evidence: Evidence) -> str:
    redis = evidence.facts("redis")
    if redis.get("lifetimes") or redis.get("invalidation"):
        return ""
    return evidence.hidden("lifetimes") or "none of the keys was seen in Redis"


RULES = (
    Rule(
        "pool_exhausted", "exhausted connection pool",
        "The connection pool is exhausted.", "{share} sessions were idle in transaction{used}.",
        "Handlers hold a connection while they wait for another: take it later, return it sooner, or enlarge the pool.",
        ("error_rate", "api_p95", "api_p50", "websocket_latency_p95", "agent_response_p95", "ttfb_mean", *_OF_CHAT), "Database",
        ("postgres",), "--fault pool-exhausted", _see_pool, (_sessions,), (*TOO_LATE, *SERVER_TROUBLE),
    ),
    Rule(
        "missing_index", "missing index",
        "Missing index: {missing}.", "{read}", "Create it (CREATE INDEX CONCURRENTLY) and run again.",
        ("db_query_p95", "api_p95", "api_p50"), "Database", ("postgres",), "--fault drop-index", _see_index, (_catalogue,),
    ),
    Rule(
        "cache_bypassed", "bypassed cache",
        "The cache is bypassed.",
        "{share} agent lists reached PostgreSQL; Redis saw {reads} of the backend's.",
        "Check the application's connection to Redis, and whether the cache is switched on.",
        ("query_reduction", "cache_hit_rate", "db_query_p95", "api_p95"), "Caching", ("redis", "postgres", "rest"),
        "--fault cache-bypassed", _see_bypassed, (_reads, _lists),
    ),
    Rule(
        "cold_cache", "cold cache",
        "The cache stays cold: it is read and holds nothing.",
        "{share} agent lists reached PostgreSQL; of {reads} reads {hits} were hits.",
        "Check whether the application writes what it reads, with which times to live it writes, and evictions; fill "
        "the cache at start.",
        ("cache_hit_rate", "query_reduction", "db_query_p95", "api_p95"), "Caching", ("redis", "postgres", "rest"),
        "--fault cold-cache", _see_cold, (_reads, _lists),
    ),
    Rule(
        "redis_lost", "Redis cut off",
        "Redis was cut off during the run.", "{said}",
        "Every cached answer is read from PostgreSQL until it is back: check Redis' log and its memory limit.",
        ("cache_hit_rate", "query_reduction", "cache_ops_mean", "error_rate"), "Caching", ("redis",),
        "--fault lost-redis", _see_lost, (), (*TOO_LATE, *SERVER_TROUBLE),
    ),
    Rule(
        "no_invalidation", "changes that do not reach the cache",
        "Changes do not reach the cache.",
        "After an agent was switched off through REST, the old answer was still there under {keys}.",
        "Delete the keys of what a write changes, lists included.",
        (), "Caching", ("redis",), "--fault no-invalidation", _see_stale, (_proven,),
    ),
    Rule(
        "wrong_lifetime", "wrong times to live",
        "Times to live are not as specified.", "{wrong}.",
        "Set the time to live where the cache is written.",
        ("cache_hit_rate",), "Caching", ("redis",), "--fault wrong-lifetime", _see_lifetime, (_lived,),
    ),
)  # fmt: skip
