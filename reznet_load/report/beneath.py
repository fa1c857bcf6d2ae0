"""What lies beneath the requests, for sections 2, 3 and 4: plans, statements, lifetimes, resources."""

from __future__ import annotations

from typing import Any

from reznet_load.core.units import format_value
from reznet_load.report.lines import row
from reznet_load.report.view import View, ms

_QUERY = 160  # characters of a statement in a table


def facts(view: View, need: str, when: str = "after") -> dict[str, Any]:
    """What a probe found `before` or `after` the load; {} where it did not run."""
    found = view.result.info.probes.get(when, {}).get(need, {})
    return found if isinstance(found, dict) else {}


def servers(view: View) -> str:
    """`PostgreSQL 18.6, Valkey 9.1.2`; empty where nobody looked."""
    postgres, redis = facts(view, "postgres", "before").get("version"), facts(view, "redis", "before").get("version")
    return ", ".join(filter(None, [f"PostgreSQL {postgres}" if postgres else "", redis or ""]))


def plans(view: View) -> list[dict[str, str]]:
    """One line a query: how PostgreSQL ran it before and after the load."""
    before, after = (facts(view, "postgres", when).get("plans", {}) for when in ("before", "after"))
    return [
        {
            "query": name,
            "plan": " ← ".join(plan["nodes"]),
            "index": ", ".join(plan["indexes"]) or f"none: reads all of {', '.join(plan['sequential'])}",
            "rows": f"{plan['rows_read']} for {plan['rows_returned']:.0f}",
            "buffers": str(plan["buffers"]),
            "times": f"{ms(before.get(name, {}).get('ms'))} → {ms(plan['ms'])}",
        }
        for name, plan in after.items()
    ]


def statements(view: View) -> list[dict[str, str]]:
    """The statements that took most of PostgreSQL's time during the run."""
    return [
        {
            "query": one["query"][:_QUERY].replace("|", "\\|").replace("`", "'"),
            "calls": format_value(one["calls"], "count"),
            "mean": ms(one["mean_ms"]),
            "rows": f"{one['rows_a_call']:g}",
            "share": format_value(one["share_percent"], "%"),
        }
        for one in facts(view, "postgres").get("statements", [])
    ]


def database(view: View) -> list[str]:
    """Section 2, from below."""
    before, after, found = facts(view, "postgres", "before"), facts(view, "postgres"), []
    if not after:
        return found
    if missing := before.get("indexes_missing"):
        found.append(f"Missing of the indexes in place: {', '.join(missing)}.")
    else:
        found.append(f"All {len(before.get('indexes', []))} indexes of the NFR document are in place.")
    if unused := after.get("indexes_unused"):
        found.append(f"Not used once during this run: {', '.join(unused)}.")
    peak, limit = view.row("GAUGE database connections"), before.get("max_connections")
    if peak and peak.maximum is not None:
        found.append(f"At most {peak.maximum:.0f} of {limit} connections were open.")
    idle, waiting = view.row("GAUGE database idle in transaction"), view.row("GAUGE database waiting on locks")
    longest = view.row("GAUGE database longest idle in transaction")
    if idle and idle.maximum and longest:
        found.append(f"Up to {idle.maximum:.0f} sessions idle in transaction, for up to {ms(longest.maximum)}.")
    if waiting and waiting.maximum:
        found.append(f"Up to {waiting.maximum:.0f} sessions waited on locks.")
    if after.get("deadlocks"):
        found.append(f"{after['deadlocks']} deadlocks during the run.")
    if after.get("buffer_hit_percent") is not None:
        found.append(f"{after['buffer_hit_percent']:.1f} % of the pages came from the buffer pool.")
    deep = view.row("PROBE deep page query")
    if deep and deep.p95 is not None:
        found.append(f"A page 5 000 messages deep took {ms(deep.p95)} at p95 (not judged).")
    return found + ([after["statements_missing"] + "."] if after.get("statements_missing") else [])


def cache(view: View) -> dict[str, str]:
    """Hits, misses and the agent list's queries, of the runs that their blocks name; `-` where nobody counted."""
    (read, _), (reduced, _) = row(view, "PROBE cache read"), row(view, "PROBE agent list without query")
    cells = dict.fromkeys(("hits", "misses", "requests", "queries", "cached"), "-")
    if read and read.mean is not None:
        hits = round(read.count * read.mean / 100)
        cells |= {"hits": format_value(hits, "count"), "misses": format_value(read.count - hits, "count")}
    if reduced and reduced.mean is not None:
        cached = round(reduced.count * reduced.mean / 100)
        numbers = {"requests": reduced.count, "queries": reduced.count - cached, "cached": cached}
        cells |= {name: format_value(number, "count") for name, number in numbers.items()}
    return cells


def lifetimes(view: View) -> list[str]:
    """Times to live as seen against what is stated; longer or endless ones are faults."""
    found = []
    for one in facts(view, "redis").get("lifetimes", []):
        stated, seen = one["stated"], one["seen"]
        if seen == -1:
            found.append(f"`{one['key']}` never expires; stated are {stated} s.")
        elif seen > stated + 1:
            found.append(f"`{one['key']}` lives up to {seen} s; stated are {stated} s.")
        else:
            found.append(f"`{one['key']}` lives {stated} s as stated (up to {seen} s were left when looked at).")
    return found


def redis(view: View) -> list[str]:
    """Section 4, from below."""
    after, memory, keys = facts(view, "redis"), view.row("GAUGE cache memory"), view.row("GAUGE cache keys")
    found = lifetimes(view)
    for one in after.get("invalidation", []):
        done = "was gone, and the next read was new" if one["gone"] and one["fresh"] else "did NOT reach the cache"
        found.append(f"Invalidation of {one['what']}: changed through REST, its key {done} (`{one['key']}`).")
    if memory and keys and memory.maximum is not None and keys.maximum is not None:
        text = f"At most {format_value(memory.maximum, 'MB')} and {keys.maximum:.0f} keys in memory"
        found.append(f"{text}, {after.get('evictions', 0)} evicted.")
    return found


def first_byte(view: View) -> list[str]:
    """Section 3: each provider alone beside what users saw."""
    found, cold = [], facts(view, "providers", "before")
    users = view.row("CHAT first token")
    for name in ("anthropic", "openai"):
        text, byte = view.row(f"PROBE {name} first text"), view.row(f"PROBE {name} first byte")
        if not text or not byte or text.mean is None or byte.mean is None:
            continue
        line = f"{name} alone: first byte {ms(byte.mean)}, first text {ms(text.mean)} on average, n = {text.count}"
        if (first := cold.get(name, {}).get("cold_first_byte_ms")) is not None:
            line += f"; the first request, on a cold connection, {ms(first)} to its first byte"
        found.append(line + ".")
        if users and users.mean and name in view.result.info.notes.get("provider", ""):
            share = min(100.0, 100 * text.mean / users.mean)
            found.append(
                f"{share:.0f} % of the users' first token is the provider's ({name} alone), the rest the backend's."
            )
    return found
