"""Known patterns of trouble, recognised from what a run measured and what its probes found: causes, not symptoms.

One function a pattern, all of them in RULES. Each gives a Finding with its evidence, or None; a healthy run gives none.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from reznet_load.core.measurement import Row
from reznet_load.core.run import Finding, RunInfo

_LIFETIME_SLACK = 5  # seconds between a key's writing and the look at it
_POOL_SHARE = 0.8  # of the sessions idle in transaction: handlers hold connections and wait for each other
_IDLE_CPU = 20.0  # percent of a core: whoever waits for connections does not compute

Rows = dict[str, Row]
Rule = Callable[[RunInfo, Rows], Finding | None]


def diagnose(info: RunInfo, rows: tuple[Row, ...]) -> tuple[Finding, ...]:
    """Every finding of a run, in the order of RULES. Rows of the judged phase with the most users count."""
    judged = [phase for phase in info.phases if phase.judged]
    main = max(judged, key=lambda phase: (phase.users, phase.seconds)).name if judged else ""
    mine = {row.key: row for row in rows if row.phase == main}
    return tuple(found for rule in RULES if (found := rule(info, mine)) is not None)


def _facts(info: RunInfo, need: str, when: str = "after") -> dict[str, Any]:
    return info.probes.get(when, {}).get(need, {}) or {}


def missing_index(info: RunInfo, rows: Rows) -> Finding | None:
    """An index of the contract is not there."""
    missing = _facts(info, "postgres", "before").get("indexes_missing", [])
    if not missing:
        return None
    plans = _facts(info, "postgres").get("plans", {})
    read = [f"{name} reads {plan['rows_read']} rows for {plan['rows_returned']:.0f}" for name, plan in plans.items()]
    return Finding(
        "missing_index", f"Missing index: {', '.join(missing)}.", f"{'; '.join(read)}." if read else "",
        "Create it (CREATE INDEX CONCURRENTLY) and run again.", "db_query_p95",
    )  # fmt: skip


def wrong_lifetime(info: RunInfo, rows: Rows) -> Finding | None:
    """A key lives longer than stated, for ever, or, where it was seen fresh, shorter."""
    redis, wrong = _facts(info, "redis"), []
    for one in redis.get("lifetimes", []):
        if one["seen"] == -1 or one["seen"] > one["stated"] + 1:
            lives = "for ever" if one["seen"] == -1 else f"up to {one['seen']} s"
            wrong.append(f"{one['key']} lives {lives}, stated are {one['stated']} s")
    for one in redis.get("invalidation", []):
        if one["gone"] and 0 < one["ttl"] < one["stated"] - _LIFETIME_SLACK:
            wrong.append(f"{one['key']}, just written, lives {one['ttl']} s, stated are {one['stated']} s")
    if not wrong:
        return None
    return Finding(
        "wrong_lifetime", "Times to live are not what is stated.", f"{'; '.join(wrong)}.",
        "Set the time to live where the cache is written.", "cache_hit_rate",
    )  # fmt: skip


def no_invalidation(info: RunInfo, rows: Rows) -> Finding | None:
    """A change through REST left the old answer in the cache."""
    stale = [one for one in _facts(info, "redis").get("invalidation", []) if not (one["gone"] and one["fresh"])]
    if not stale:
        return None
    keys = ", ".join(one["key"] for one in stale)
    return Finding(
        "no_invalidation", "Changes do not reach the cache.",
        f"After PATCH …/activate the old answer was still there under {keys}.",
        "Delete the keys of what a write changes, lists included.", "cache_hit_rate",
    )  # fmt: skip


def cache_unused(info: RunInfo, rows: Rows) -> Finding | None:
    """Agent lists are asked for, and each is read from PostgreSQL."""
    reduced = rows.get("PROBE agent list without query")
    if reduced is None or reduced.mean is None or reduced.mean > 20 or reduced.count < 20:
        return None
    read = rows.get("PROBE cache read")
    seen = "Redis saw no read at all" if read is None else f"Redis hit rate {read.mean:.0f} %"
    return Finding(
        "cache_unused", "The cache is bypassed, or nothing stays in it.",
        f"{100 - reduced.mean:.0f} % of {reduced.count} agent lists reached PostgreSQL; {seen}.",
        "Look at the application's connection to Redis and at whether it writes what it reads.", "query_reduction",
    )  # fmt: skip


def pool_exhausted(info: RunInfo, rows: Rows) -> Finding | None:
    """Sessions sit idle in transaction, the backend computes nothing, and requests time out."""
    idle, total = rows.get("GAUGE database idle in transaction"), rows.get("GAUGE database connections")
    cpu = rows.get("GAUGE target cpu")
    if not idle or not total or not total.p50 or not idle.p50 or idle.p50 < _POOL_SHARE * total.p50:
        return None
    if cpu is not None and cpu.mean is not None and cpu.mean > _IDLE_CPU:
        return None
    share = 100 * idle.p50 / total.p50
    return Finding(
        "pool_exhausted", "The connection pool is exhausted.",
        f"{share:.0f} % of {total.p50:.0f} sessions were idle in transaction"
        + (f" while the backend used {cpu.mean:.0f} % of a core." if cpu and cpu.mean is not None else "."),
        "Handlers hold a connection while they wait for another: take it later, return it sooner, or enlarge the pool.",
        "error_rate",
    )  # fmt: skip


def redis_lost(info: RunInfo, rows: Rows) -> Finding | None:
    """Redis was there before the load and not at its end."""
    lost = next((caution for caution in info.cautions if caution.id == "probe_lost_redis"), None)
    if lost is None:
        return None
    return Finding(
        "redis_lost", "Redis was cut off during the run.", lost.text,
        "Every cached answer is read from PostgreSQL until it is back.", "cache_hit_rate",
    )  # fmt: skip


RULES: tuple[Rule, ...] = (pool_exhausted, missing_index, cache_unused, redis_lost, no_invalidation, wrong_lifetime)
