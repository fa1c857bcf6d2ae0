"""Section 2: how long the database takes, how it ran the queries, and what it did all the while."""

from __future__ import annotations

from typing import Any

from reznet_load.core.rows import (
    AGENT_LIST_QUERY,
    DEEP_PAGE_QUERY,
    GET_MESSAGES,
    MESSAGE_PAGE_QUERY,
)
from reznet_load.report.lines import status
from reznet_load.report.parts import postgres_lines, query_plans
from reznet_load.report.parts.blocks import block
from reznet_load.report.parts.sentences import action, margin, outcome_in, target, unmeasured
from reznet_load.report.parts.server_facts import facts
from reznet_load.report.view import View, ms

_NFR = "db_query_p95"
_BLOCKS = (("Agent List Query", AGENT_LIST_QUERY.key), ("Message Pagination Query", MESSAGE_PAGE_QUERY.key))


def names(view: View) -> dict[str, Any]:
    """Of `s2_database.md.j2`."""
    return {
        "target": target(view, _NFR),
        "status": status(view, _NFR),
        "blocks": [(title, block(view, key)) for title, key in _BLOCKS],
        "plans": plans(view),
        "statements": postgres_lines.statements(view),
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
            text += (
                ". Do not compare it with the message page query above: users open any channel, the probe the fullest"
            )
        found.append(f"{text}.")
    return found


def _actions(view: View) -> list[str]:
    hits_known = outcome_in(view, "cache_hit_rate") not in (None, "pending")
    return [
        action(view.row(AGENT_LIST_QUERY.key) is not None, "Time the queries on PostgreSQL itself"),
        action(bool(plans(view)), "Verify index usage with EXPLAIN ANALYZE"),
        action(hits_known, "Check cache hit rates: section 4"),
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
        found[-1] += f" No query of this run used {', '.join(unused)}; small tables are read without an index."
    found += postgres_lines.sessions(view)
    said = postgres_lines.work(view)
    deep = view.row(DEEP_PAGE_QUERY.key)
    if deep and deep.p95 is not None:
        said.append(f"A page 2 000 messages deep took {ms(deep.p95)} at p95 (not judged).")
    found.append(" ".join(said))
    return found + postgres_lines.hidden(view)
