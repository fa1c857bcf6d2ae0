"""Section 4: how many queries the cache saves, and whether its keys have the specified TTL."""

from __future__ import annotations

from typing import Any

from reznet_load.core.rows import (
    CACHE_GET,
    CACHE_MEMORY,
    CACHE_READ,
    CACHE_SET,
    QUERY_REDUCTION,
)
from reznet_load.core.units import format_value
from reznet_load.report.lines import row, status
from reznet_load.report.parts import redis_lines
from reznet_load.report.parts.blocks import block
from reznet_load.report.parts.sentences import ActionItems, action_items, target, unmeasured
from reznet_load.report.parts.server_facts import facts
from reznet_load.report.parts.target_counters import cache_remark
from reznet_load.report.view import View

_NFRS = ("cache_hit_rate", "query_reduction", "cache_ops_mean")


def names(view: View) -> dict[str, Any]:
    """The values for the template `s4_cache.md.j2`."""
    return {
        "target": target(view, *_NFRS),
        "status": status(view, *_NFRS),
        "read": block(view, CACHE_READ.key),
        "reduced": block(view, QUERY_REDUCTION.key),
        "put": block(view, CACHE_SET.key),
        "got": block(view, CACHE_GET.key),
        "cache": _counts(view),
        "analysis": _analysis(view),
        "actions": _actions(view),
    }


def _counts(view: View) -> dict[str, str]:
    """Hits, misses and queries of the agent list, from the runs that the blocks name; `-` if no run counted them."""
    (read, _), (reduced, _) = row(view, CACHE_READ.key), row(view, QUERY_REDUCTION.key)
    cells = dict.fromkeys(("hits", "misses", "requests", "queries", "cached"), "-")
    if read and read.mean is not None:
        hits = round(read.count * read.mean / 100)
        cells |= {"hits": format_value(hits, "count"), "misses": format_value(read.count - hits, "count")}
    if reduced and reduced.mean is not None:
        cached = round(reduced.count * reduced.mean / 100)
        numbers = {"requests": reduced.count, "queries": reduced.count - cached, "cached": cached}
        cells |= {name: format_value(number, "count") for name, number in numbers.items()}
    return cells


def _analysis(view: View) -> list[str]:
    return unmeasured(view, "cache_hit_rate") + from_redis(view)


def _actions(view: View) -> ActionItems:
    return action_items(
        (view.row(CACHE_READ.key) is not None, "Read hits and misses from Redis"),
        (bool(facts(view, "redis").get("invalidation")), "Validate cache invalidation"),
        (view.row(CACHE_MEMORY.key) is not None, "Monitor cache memory usage"),
    )


def from_redis(view: View) -> list[str]:
    """Sentences on what the probe read in Redis: TTLs, invalidation, memory and keys, and the target's own counters."""
    after = facts(view, "redis")
    found = _lifetimes(view) + _invalidation(after.get("invalidation", []))
    found += redis_lines.memory(view)
    if why := after.get("invalidation_missing"):
        found.append(f"Invalidation was not proven: {why}.")
    found += redis_lines.hidden(view)
    if remark := cache_remark(view.result.info):
        found.append(remark)
    return found


def _invalidation(tried: list[dict[str, Any]]) -> list[str]:
    """Sentences on whether changes through REST reached the cache, with the keys of changes that did not."""
    fine = [one["what"] for one in tried if one["gone"] and one["fresh"]]
    found = [
        f"A change of {one['what']} through REST did NOT reach the cache (`{one['key']}`)."
        for one in tried
        if not (one["gone"] and one["fresh"])
    ]
    if fine:
        found.append(
            f"Changes through REST ({' and '.join(fine)}) reached the cache: old entries were deleted, and the next reads "
            "were fresh."
        )
    return found


def _lifetimes(view: View) -> list[str]:
    """Sentences on measured and specified TTLs; a longer TTL, or no TTL, is a fault."""
    found, kept = [], []
    for one in facts(view, "redis").get("lifetimes", []):
        stated, seen = one["stated"], one["seen"]
        if seen == -1:
            found.append(f"`{one['key']}` never expires; stated are {stated} s.")
        elif seen > stated + 1:
            found.append(f"`{one['key']}` lives up to {seen} s; stated are {stated} s.")
        else:
            kept.append(f"`{one['key']}` {stated} s (longest seen: {seen} s)")
    return [*found, *([f"Times to live are as specified: {', '.join(kept)}."] if kept else [])]
