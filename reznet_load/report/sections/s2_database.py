"""Section 2: the times of the database, its query plans, and its sessions, deadlocks and pages."""

from __future__ import annotations

from typing import Any

from reznet_load.core.rows import (
    AGENT_LIST_QUERY,
    DEEP_PAGE_QUERY,
    MESSAGE_PAGE_QUERY,
)
from reznet_load.report.lines import status
from reznet_load.report.parts import postgres_lines, query_plans
from reznet_load.report.parts.blocks import block
from reznet_load.report.parts.sentences import (
    ActionItems,
    action_items,
    margin,
    outcome_in,
    target,
    unmeasured,
    where_time_went,
)
from reznet_load.report.parts.server_facts import facts
from reznet_load.report.view import View, ms

_NFR = "db_query_p95"
_BLOCKS = (("Agent List Query", AGENT_LIST_QUERY.key), ("Message Pagination Query", MESSAGE_PAGE_QUERY.key))


def names(view: View) -> dict[str, Any]:
    """The values for the template `s2_database.md.j2`."""
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
    """Sentences on the database during this run."""
    found = unmeasured(view, _NFR) + margin(view, _NFR) + where_time_went(view, _NFR)
    return found + query_plans.sentences(view) + from_postgres(view)


def _actions(view: View) -> ActionItems:
    hits_known = outcome_in(view, "cache_hit_rate") not in (None, "pending")
    return action_items(
        (view.row(AGENT_LIST_QUERY.key) is not None, "Time the queries on PostgreSQL itself"),
        (bool(plans(view)), "Verify index usage with EXPLAIN ANALYZE"),
        (hits_known, "Check cache hit rates (section 4)"),
    )


def plans(view: View) -> list[dict[str, str]]:
    """A line for each query: its plan before and after the load."""
    before, after = (facts(view, "postgres", when).get("plans", {}) for when in ("before", "after"))
    return [
        {
            "query": query_plans.in_table(name),
            "plan": _plan(before.get(name), plan),
            "index": ", ".join(plan["indexes"]) or f"none: reads all of {', '.join(plan['sequential'])}",
            "rows": f"{plan['rows_read']} for {plan['rows_returned']:.0f}",
            "buffers": str(plan["buffers"]),
            "times": f"{ms(before.get(name, {}).get('ms'))} → {ms(plan['ms'])}",
        }
        for name, plan in after.items()
    ]


def _plan(before: dict[str, Any] | None, after: dict[str, Any]) -> str:
    """The nodes of a plan; of both plans if they differ, because of new statistics or another index."""
    shown = " ← ".join(after["nodes"])
    if before is None or before["nodes"] == after["nodes"]:
        return shown
    return f"before: {' ← '.join(before['nodes'])}; after: {shown}"


def from_postgres(view: View) -> list[str]:
    """Sentences on what the probe read in PostgreSQL: indexes, sessions, deadlocks, pages."""
    before = facts(view, "postgres", "before")
    after = facts(view, "postgres")
    found = []
    if not after:
        return found
    if missing := before.get("indexes_missing"):
        found.append(f"Missing of the indexes in place: {', '.join(missing)}.")
    else:
        number = len(before.get("indexes", []))
        found.append(
            f"All {number} indexes that the NFR document asks for exist."
            if number > 1
            else "The index that the NFR document asks for exists."
        )
    if unused := after.get("indexes_unused"):
        found[-1] += (
            f" Not used by any query of this run: {', '.join(unused)}. Either no query needs such an index, or its table is so "
            "small that PostgreSQL reads it whole."
        )
    if sessions := postgres_lines.sessions(view):
        found.append(" ".join(sessions))
    said = postgres_lines.work(view)
    deep = view.row(DEEP_PAGE_QUERY.key)
    if deep and deep.p95 is not None:
        said.append(f"{query_plans.old_messages(view)} took {ms(deep.p95)} at p95 (not judged).")
    found.append(" ".join(said))
    return found + postgres_lines.hidden(view)
