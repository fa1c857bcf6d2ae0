"""Section 2: how long the database takes, how it ran the queries, and what it did all the while."""

from __future__ import annotations

from textwrap import shorten
from typing import Any

from reznet_load.core.rows import (
    AGENT_LIST_QUERY,
    DB_ACTIVE,
    DB_CONNECTIONS,
    DB_ELSEWHERE,
    DB_IDLE,
    DB_IDLE_IN_TRANSACTION,
    DB_LONGEST_IDLE,
    DB_WAITING,
    DEEP_PAGE_QUERY,
    GET_MESSAGES,
    MESSAGE_PAGE_QUERY,
)
from reznet_load.core.units import format_value
from reznet_load.report.lines import status
from reznet_load.report.parts import query_plans
from reznet_load.report.parts.blocks import block
from reznet_load.report.parts.sentences import action, margin, outcome_in, target, unmeasured
from reznet_load.report.parts.server_facts import facts
from reznet_load.report.parts.target_counters import pool_waits
from reznet_load.report.view import View, ms

_NFR = "db_query_p95"
_BLOCKS = (("Agent List Query", AGENT_LIST_QUERY.key), ("Message Pagination Query", MESSAGE_PAGE_QUERY.key))
_QUERY = 160  # characters of a statement in a table


def names(view: View) -> dict[str, Any]:
    """Of `s2_database.md.j2`."""
    return {
        "target": target(view, _NFR),
        "status": status(view, _NFR),
        "blocks": [(title, block(view, key)) for title, key in _BLOCKS],
        "plans": plans(view),
        "statements": statements(view),
        "analysis": analysis(view),
        "actions": _actions(view),
    }


def analysis(view: View) -> list[str]:
    """Sentences about this run's database."""
    found = unmeasured(view, _NFR) + margin(view, _NFR)
    found += query_plans.sentences(view) + from_postgres(view)
    page = view.row(GET_MESSAGES.key)
    if page and page.p95 is not None:
        text = (
            f"From outside, a message page (the call that reads most from PostgreSQL) took {ms(page.p50)} at the median "
            f"and {ms(page.p95)} at p95, network and application included"
        )
        if view.row(MESSAGE_PAGE_QUERY.key):  # reznet_load/probes/postgres.py, reznet_load/users/rest.py
            text += "; users open any channel, the probe's query the one with the most messages: the two do not compare"
        found.append(f"{text}.")
    return found


def _actions(view: View) -> list[str]:
    hits_known = outcome_in(view, "cache_hit_rate") not in (None, "pending")
    return [
        action(view.row(AGENT_LIST_QUERY.key) is not None, "Time the queries on PostgreSQL itself"),
        action(bool(plans(view)), "Verify index usage with EXPLAIN ANALYZE"),
        action(hits_known, "Check cache hit rates"),
    ]


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
            "query": shorten(one["query"], _QUERY, placeholder=" …").replace("`", "'"),
            "calls": format_value(one["calls"], "count"),
            "mean": ms(one["mean_ms"]),
            "rows": f"{one['rows_a_call']:g}",
            "share": format_value(one["share_percent"], "%"),
        }
        for one in facts(view, "postgres").get("statements", [])
    ]


def from_postgres(view: View) -> list[str]:
    """What PostgreSQL itself showed: indexes, sessions, deadlocks, pages."""
    before = facts(view, "postgres", "before")
    after = facts(view, "postgres")
    found = []
    if not after:
        return found
    if missing := before.get("indexes_missing"):
        found.append(f"Missing of the indexes in place: {', '.join(missing)}.")
    else:
        found.append(f"All {len(before.get('indexes', []))} indexes of the NFR document are in place.")
    if unused := after.get("indexes_unused"):
        found[-1] += f" Not used once during this run: {', '.join(unused)}."
    found += _sessions(view, before.get("max_connections"))
    deadlocks = after.get("deadlocks", 0)
    said = [f"{deadlocks} deadlock{'' if deadlocks == 1 else 's'} during the run." if deadlocks else "No deadlock."]
    if after.get("buffer_hit_percent") is not None:
        said.append(f"{after['buffer_hit_percent']:.1f} % of the pages came from the buffer pool.")
    deep = view.row(DEEP_PAGE_QUERY.key)
    if deep and deep.p95 is not None:
        said.append(f"A page 2 000 messages deep took {ms(deep.p95)} at p95 (not judged).")
    found.append(" ".join(said))
    hidden = list(dict.fromkeys(after.get("hidden", {}).values())) or [after.get("statements_missing", "")]
    return found + [f"Not measured: {why}." for why in hidden if why]


def _sessions(view: View, limit: int | None) -> list[str]:
    """Sessions by state against the server's limit, by a reading each second."""
    states = {
        "active": DB_ACTIVE,
        "idle": DB_IDLE,
        "idle in transaction": DB_IDLE_IN_TRANSACTION,
        "waiting on locks": DB_WAITING,
    }
    most = {state: row.maximum for state, named in states.items() if (row := view.row(named.key))}
    peak, elsewhere = view.row(DB_CONNECTIONS.key), view.row(DB_ELSEWHERE.key)
    if peak is None or peak.maximum is None:
        return []
    text = f"At most {peak.maximum:.0f} of {limit} connections were open"
    if elsewhere and elsewhere.maximum:
        text += f", {elsewhere.maximum:.0f} more to other databases of that server"
    told = ", ".join(f"{count:.0f} {state}" for state, count in most.items() if count is not None)
    found = [f"{text}; most at a time by state: {told}."]
    longest = view.row(DB_LONGEST_IDLE.key)
    if most.get("idle in transaction") and longest:
        found.append(f"The longest idle in transaction lasted {ms(longest.maximum)}.")
    if waits := pool_waits(view.result.info):
        found.append(f"Requests that waited for a pooled connection, by the target's own count: {waits.text}.")
    return found
