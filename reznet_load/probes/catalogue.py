"""Queries of PostgreSQL's catalogue and statistics for any application: version, statements, cache hits, deadlocks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import psycopg

from reznet_load.core.probes import MARKER
from reznet_load.deployment.postgres_session import PostgresSession

Asked = PostgresSession | psycopg.Connection  # what can run a query

_TOP = 8  # statements kept for the report
_QUERY = 600  # characters kept of one: an ORM lists every column before FROM
_OURS = f"%{MARKER}%"
_CATALOGUE = r"\ypg_(stat|indexes|database)"  # our own queries of the catalogue, and those of other monitors
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


def server(connection: Asked) -> dict[str, Any]:
    """Version and connection limit."""
    version = connection.execute("SHOW server_version").fetchone()
    limit = connection.execute("SHOW max_connections").fetchone()
    assert version and limit
    return {"version": str(version[0]).split(" ")[0], "max_connections": int(limit[0])}


def totals(connection: Asked) -> Totals:
    """The present counters."""
    row = connection.execute(
        "SELECT blks_hit, blks_read, deadlocks, xact_rollback FROM pg_stat_database WHERE datname = current_database()"
    ).fetchone()
    assert row is not None
    scans = dict(connection.execute("SELECT indexrelname, idx_scan FROM pg_stat_user_indexes").fetchall())
    return Totals(*row, scans=scans, statements=_statements(connection))


def _statements(connection: Asked) -> dict[str, tuple[str, int, float, int]] | None:
    """The statements; None if the extension does not exist or may not be read."""
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


def changes(before: Totals, after: Totals) -> dict[str, Any]:
    """What the run added: buffer hits, deadlocks, the statements that took the most time."""
    hits, reads = after.hits - before.hits, after.reads - before.reads
    return {
        "buffer_hit_percent": round(100 * hits / (hits + reads), 2) if hits + reads > 0 else None,
        "deadlocks": after.deadlocks - before.deadlocks,
        "rollbacks": after.rollbacks - before.rollbacks,
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
