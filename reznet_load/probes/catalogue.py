"""What PostgreSQL's catalogue and statistics views say: version, indexes, plans, statements, cache hits, deadlocks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import psycopg

from reznet_load.deployment.postgres_session import PostgresSession
from reznet_load.dialects.reznet_places import MARKER, Queries

Asked = PostgresSession | psycopg.Connection  # what answers a query

_TOP = 8  # statements kept for the report
_QUERY = 600  # characters of one: an ORM names every column before it says FROM
_OURS = f"%{MARKER}%"
_CATALOGUE = r"\ypg_(stat|indexes|database)"  # our own looking around, and other monitors'
# Statements of other roles, without the right to read them, have this in place of their text and no id.
_HIDDEN_TEXT = "<insufficient privilege>"
READ_ALL = "GRANT pg_read_all_stats TO {role} (as a superuser), or give a DATABASE_URL of a role that has it"
HOW_TO_SWITCH_ON = (
    "pg_stat_statements is not installed: add it to shared_preload_libraries, restart PostgreSQL and run "
    "CREATE EXTENSION pg_stat_statements in this database"
)


@dataclass(frozen=True, slots=True)
class Totals:
    """Counters since the server's start. `statements`: id -> (query, calls, ms, rows)."""

    hits: int
    reads: int
    deadlocks: int
    rollbacks: int
    scans: dict[str, int] = field(default_factory=dict)
    statements: dict[str, tuple[str, int, float, int]] | None = None


@dataclass(frozen=True, slots=True)
class StatementCounts:
    """How often the application's agent list has reached PostgreSQL; None where that cannot be read, and `missing` why."""

    calls: int | None
    missing: str = ""


def server(connection: Asked, queries: Queries) -> dict[str, Any]:
    """Version, connection limit, and which of the contract's indexes are there."""
    version = connection.execute("SHOW server_version").fetchone()
    limit = connection.execute("SHOW max_connections").fetchone()
    assert version and limit
    found = {row[0] for row in connection.execute("SELECT indexname FROM pg_indexes WHERE schemaname = 'public'")}
    return {
        "version": str(version[0]).split(" ")[0],
        "max_connections": int(limit[0]),
        "indexes": [name for name in queries.indexes if name in found],
        "indexes_missing": [name for name in queries.indexes if name not in found],
    }


def totals(connection: Asked) -> Totals:
    """The counters now."""
    row = connection.execute(
        "SELECT blks_hit, blks_read, deadlocks, xact_rollback FROM pg_stat_database WHERE datname = current_database()"
    ).fetchone()
    assert row is not None
    scans = dict(connection.execute("SELECT indexrelname, idx_scan FROM pg_stat_user_indexes").fetchall())
    return Totals(*row, scans=scans, statements=_statements(connection))


def _statements(connection: Asked) -> dict[str, tuple[str, int, float, int]] | None:
    """None where the extension is not there or may not be read."""
    try:
        found = connection.execute(
            "SELECT queryid::text, min(query), sum(calls)::bigint, sum(total_exec_time), sum(rows)::bigint "
            "FROM pg_stat_statements WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) "
            "AND query NOT LIKE %s AND query !~ %s GROUP BY queryid",
            (_OURS, _CATALOGUE),
        ).fetchall()
    except psycopg.Error:
        return None
    return {id: (query, calls, float(spent), rows) for id, query, calls, spent, rows in found if id}


def agent_list_calls(connection: Asked, queries: Queries) -> StatementCounts:
    """By pg_stat_statements. Raises psycopg.OperationalError where the connection is lost."""
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
    if not calls and hidden:  # one of those may be it
        return StatementCounts(None, f"statements of other roles are hidden from {role}: {READ_ALL.format(role=role)}")
    return StatementCounts(int(calls))


def changes(before: Totals, after: Totals, queries: Queries) -> dict[str, Any]:
    """What the run added: buffer hits, deadlocks, unused indexes, the statements that took the most time."""
    hits, reads = after.hits - before.hits, after.reads - before.reads
    unused = [n for n in queries.indexes if n in after.scans and after.scans[n] == before.scans.get(n, 0)]
    return {
        "buffer_hit_percent": round(100 * hits / (hits + reads), 2) if hits + reads > 0 else None,
        "deadlocks": after.deadlocks - before.deadlocks,
        "rollbacks": after.rollbacks - before.rollbacks,
        "indexes_unused": unused,
        "statements": _top(before, after),
    }


def _top(before: Totals, after: Totals) -> list[dict[str, Any]]:
    if after.statements is None:
        return []
    old, spent = before.statements or {}, []
    for id, (query, calls, total, rows) in after.statements.items():
        _, calls0, total0, rows0 = old.get(id, ("", 0, 0.0, 0))
        if calls > calls0:
            spent.append((total - total0, calls - calls0, rows - rows0, query))
    whole = sum(entry[0] for entry in spent)
    spent.sort(reverse=True)
    return [
        {
            "query": " ".join(query.split())[:_QUERY],
            "calls": calls,
            "mean_ms": round(total / calls, 4),
            "rows_a_call": round(rows / calls, 1),
            "share_percent": round(100 * total / whole, 1) if whole else 0.0,
        }
        for total, calls, rows, query in spent[:_TOP]
    ]


def plan(connection: Asked, query: str, *values: Any) -> dict[str, Any]:
    """How PostgreSQL runs `query`: its nodes, index or not, rows read for rows returned, buffers, ms."""
    row = connection.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {query}", values or None).fetchone()  # type: ignore[arg-type]
    assert row is not None
    root = row[0][0]["Plan"]
    nodes = list(_walk(root))
    # A bitmap index scan reads no row itself: its heap scan does.
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


def _walk(node: dict[str, Any]) -> Any:
    yield node
    for child in node.get("Plans", ()):
        yield from _walk(child)
