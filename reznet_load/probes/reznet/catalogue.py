"""Catalogue queries about RezNet's own tables: the contract's indexes, the plans of its queries, agent lists that were
run.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg

from reznet_load.core.probes import MARKER
from reznet_load.dialects.reznet_places import Queries
from reznet_load.probes.catalogue import HOW_TO_SWITCH_ON, READ_ALL, Asked, Totals

_OURS = f"%{MARKER}%"
# Text shown instead of statements of other roles, without an id, if the right to read them is missing.
_HIDDEN_TEXT = "<insufficient privilege>"


@dataclass(frozen=True, slots=True)
class StatementCounts:
    """How often the application's agent list has reached PostgreSQL; None if that cannot be read, with the reason in
    `missing`.
    """

    calls: int | None
    missing: str = ""


def indexes(connection: Asked, queries: Queries) -> dict[str, list[str]]:
    """Which of the contract's indexes exist."""
    found = {row[0] for row in connection.execute("SELECT indexname FROM pg_indexes WHERE schemaname = 'public'")}
    return {
        "indexes": [name for name in queries.indexes if name in found],
        "indexes_missing": [name for name in queries.indexes if name not in found],
    }


def unused(before: Totals, after: Totals, queries: Queries) -> list[str]:
    """The contract's indexes that the run did not use."""
    return [n for n in queries.indexes if n in after.scans and after.scans[n] == before.scans.get(n, 0)]


def agent_list_calls(connection: Asked, queries: Queries) -> StatementCounts:
    """The count from pg_stat_statements. Raises psycopg.OperationalError if the connection is lost."""
    try:
        row = connection.execute(
            "SELECT coalesce(sum(calls) FILTER (WHERE query ~* %s AND query NOT LIKE %s), 0)::bigint, "
            "count(*) FILTER (WHERE query = %s), current_setting('pg_stat_statements.track', true), current_user "
            "FROM pg_stat_statements WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())",
            (queries.agent_list, _OURS, _HIDDEN_TEXT),
        ).fetchone()
    except psycopg.errors.UndefinedTable:
        return StatementCounts(None, HOW_TO_SWITCH_ON)
    except psycopg.OperationalError:
        raise
    except psycopg.Error as error:
        return StatementCounts(
            None, f"pg_stat_statements cannot be read: {str(error).splitlines()[0]}; {HOW_TO_SWITCH_ON}"
        )
    assert row is not None
    calls, hidden, track, role = row
    if track == "none":
        return StatementCounts(None, "pg_stat_statements counts nothing: SET pg_stat_statements.track = 'top'")
    if not calls and hidden:  # a hidden statement may be the one
        return StatementCounts(None, f"statements of other roles are hidden from {role}: {READ_ALL.format(role=role)}")
    return StatementCounts(int(calls))


def plan(connection: Asked, query: str, *values: Any) -> dict[str, Any]:
    """The plan of `query`: its nodes, index or not, rows read per row returned, buffers, ms."""
    row = connection.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {query}", values or None).fetchone()  # type: ignore[arg-type]
    assert row is not None
    root = row[0][0]["Plan"]
    nodes = list(_walk(root))
    # A bitmap index scan reads no rows itself: its heap scan does.
    read = sum(_rows_read(node) for node in nodes if "Relation Name" in node)
    return {
        "nodes": [node["Node Type"] for node in nodes],
        "indexes": sorted({node["Index Name"] for node in nodes if "Index Name" in node}),
        "sequential": sorted({node["Relation Name"] for node in nodes if node["Node Type"].endswith("Seq Scan")}),
        "rows_read": read,
        "rows_returned": root["Actual Rows"],
        "buffers": root.get("Shared Hit Blocks", 0) + root.get("Shared Read Blocks", 0),
        "ms": round(row[0][0]["Execution Time"], 3),
    }


def _rows_read(node: dict[str, Any]) -> int:
    loops = node.get("Actual Loops", 1)
    removed = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
    return round((node.get("Actual Rows", 0) + removed) * loops)


def _walk(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", ()):
        yield from _walk(child)
