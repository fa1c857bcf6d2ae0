"""What lies beneath the requests, for sections 2, 3 and 4: plans, statements, lifetimes, resources."""

from __future__ import annotations

from textwrap import shorten
from typing import Any

from reznet_load.core.units import format_value
from reznet_load.report.lines import row
from reznet_load.report.sections.target_counters import cache_remark, pool_waits
from reznet_load.report.view import View, ms

_QUERY = 160  # characters of a statement in a table
_MUCH = 100.0  # MB in use, below which the server's own few megabytes are most of its fragmentation (judgement)


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
            "plan": _plan(before.get(name), plan),
            "index": ", ".join(plan["indexes"]) or f"none: reads all of {', '.join(plan['sequential'])}",
            "rows": f"{plan['rows_read']} for {plan['rows_returned']:.0f}",
            "buffers": str(plan["buffers"]),
            "times": f"{ms(before.get(name, {}).get('ms'))} → {ms(plan['ms'])}",
        }
        for name, plan in after.items()
    ]


def _plan(before: dict[str, Any] | None, after: dict[str, Any]) -> str:
    """The nodes of a plan; both where the load changed it: statistics, or an index that came or went."""
    shown = " ← ".join(after["nodes"])
    if before is None or before["nodes"] == after["nodes"]:
        return shown
    return f"before: {' ← '.join(before['nodes'])}; after: {shown}"


def statements(view: View) -> list[dict[str, str]]:
    """The statements that took most of PostgreSQL's time during the run."""
    return [
        {
            "query": shorten(one["query"], _QUERY, placeholder=" …").replace("|", "\\|").replace("`", "'"),
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
    found += _sessions(view, before.get("max_connections"))
    deadlocks = after.get("deadlocks", 0)
    found.append(
        f"{deadlocks} deadlock{'' if deadlocks == 1 else 's'} during the run." if deadlocks else "No deadlock."
    )
    if after.get("buffer_hit_percent") is not None:
        found.append(f"{after['buffer_hit_percent']:.1f} % of the pages came from the buffer pool.")
    deep = view.row("PROBE deep page query")
    if deep and deep.p95 is not None:
        found.append(f"A page 2 000 messages deep took {ms(deep.p95)} at p95 (not judged).")
    return found + ([after["statements_missing"] + "."] if after.get("statements_missing") else [])


def _sessions(view: View, limit: int | None) -> list[str]:
    """Sessions by state against the server's limit, by a reading each second."""
    states = {
        "active": "database connections active", "idle": "database connections idle",
        "idle in transaction": "database idle in transaction", "waiting on locks": "database waiting on locks",
    }  # fmt: skip
    most = {state: row.maximum for state, key in states.items() if (row := view.row(f"GAUGE {key}"))}
    peak, elsewhere = view.row("GAUGE database connections"), view.row("GAUGE database connections elsewhere")
    if peak is None or peak.maximum is None:
        return []
    text = f"At most {peak.maximum:.0f} of {limit} connections were open"
    if elsewhere and elsewhere.maximum:
        text += f", {elsewhere.maximum:.0f} more to other databases of that server"
    told = ", ".join(f"{count:.0f} {state}" for state, count in most.items() if count is not None)
    found = [f"{text}; most at a time by state: {told}."]
    longest = view.row("GAUGE database longest idle in transaction")
    if most.get("idle in transaction") and longest:
        found.append(f"The longest idle in transaction lasted {ms(longest.maximum)}.")
    if waits := pool_waits(view.result.info):
        found.append(f"Requests that waited for a pooled connection, by the target's own count: {waits.text}.")
    return found


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
        text = f"At most {format_value(memory.maximum, 'MB')} and {format_value(keys.maximum, 'keys')} in memory"
        found.append(f"{text}, {after.get('evictions', 0)} evicted{_from_to(view)}.")
    if remark := cache_remark(view.result.info):
        found.append(remark)
    return found


def _from_to(view: View) -> str:
    """Memory, keys and, of much memory, fragmentation before and after the load; empty where a probe of old kept none."""
    ends = [facts(view, "redis", when) for when in ("before", "after")]
    if not all(end.get("fragmentation") is not None and "memory" in end for end in ends):
        return ""
    parts = [("", "memory", "MB"), ("", "keys", "keys"), ("fragmentation ", "fragmentation", "ratio")]
    if max(end["memory"] for end in ends) < _MUCH:
        parts.pop()
    told = [f"{label}{' → '.join(format_value(end[name], unit) for end in ends)}" for label, name, unit in parts]
    return f"; from before to after the load {', '.join(told)}"


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
