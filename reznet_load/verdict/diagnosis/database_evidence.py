"""What PostgreSQL was observed doing while a requirement failed because of it, and the advice that follows."""

from __future__ import annotations

from reznet_load.core.rows import AGENT_LIST_QUERY, DB_CONNECTIONS, DB_WAITING, POSTGRES_CPU, QUERY_REDUCTION
from reznet_load.core.units import format_value
from reznet_load.verdict.diagnosis.evidence import Evidence

PLANS = "DETAILS.md, “PostgreSQL's Plans and Statements”"  # the heading of templates/details/long_tables.md.j2
# Share of its statements' time in which PostgreSQL used the CPU: below it they waited (our judgement).
_COMPUTES = 0.25
# Share of max_connections from which sessions may have waited for each other (our judgement).
_NEAR = 0.8


def observed(evidence: Evidence, row: str) -> list[str]:
    """Sentences on its CPU, its locks, and how many of the users' agent lists reached it at all."""
    cpu, asked_row, found = evidence.rows.get(POSTGRES_CPU.key), evidence.rows.get(row), []
    if cpu is not None and cpu.mean is not None:
        idle = asked_row is not None and asked_row.mean is not None and _waits(evidence, row, asked_row.mean)
        cleared = "the CPU is not the cause: " if idle else ""
        found.append(f"{cleared}PostgreSQL used {format_value(cpu.mean, cpu.unit)} of a core")
    waiting = evidence.rows.get(DB_WAITING.key)
    if waiting is not None and waiting.maximum is not None:
        found.append(
            f"up to {format_value(waiting.maximum, waiting.unit)} waited for locks"
            if waiting.maximum
            else "locks are not the cause: no connection waited for one"
        )
    lists = evidence.rows.get(QUERY_REDUCTION.key)
    if row == AGENT_LIST_QUERY.key and lists is not None and lists.mean is not None:
        asked = lists.count - round(lists.count * lists.mean / 100)
        found.append(
            f"of the {lists.count} requests for the agent list {asked} needed this query"
            if asked
            else f"no user waited for this query: all {lists.count} requests for the agent list were answered from the "
            "cache (PostgreSQL counted no query for them)"
        )
    return found


def advice(evidence: Evidence, row: str, took: float) -> str:
    """What to check next; `took`: ms of an operation of `row` spent in PostgreSQL.

    Causes that were measured and are in order are not advised; causes that were not measured are.
    """
    where = f"its plan is in {PLANS}" if evidence.facts("postgres").get("plans") else "read its plan (EXPLAIN ANALYZE)"
    first = "Find out what the statement spends its time on"
    if (waits := _waits(evidence, row, took)) is not None:
        first = (
            "Look for what the statement waits for: it computed little (a sleep, a trigger, a foreign table, the disk)"
            if waits
            else "Make the statement compute less"
        )
    left = [name for name, ruled_out in _suspects(evidence) if not ruled_out]
    also = f" Check {' and '.join(left)}, too." if left else ""
    return f"{first}; {where}.{also}"


def _waits(evidence: Evidence, row: str, took: float) -> bool | None:
    """Did PostgreSQL use the CPU for less than a share of the time that its part of `row` took? None: not known."""
    cpu, found = evidence.mean(POSTGRES_CPU.key), evidence.rows.get(row)
    if cpu is None or found is None or not found.rate:
        return None
    occupied = 100 * found.rate * took / 1000  # percent of one core if it had used the CPU all the time
    return cpu < _COMPUTES * occupied


def _suspects(evidence: Evidence) -> list[tuple[str, bool]]:
    """(what may slow a statement down, was it observed to be in order?)."""
    waiting, sessions = evidence.rows.get(DB_WAITING.key), evidence.rows.get(DB_CONNECTIONS.key)
    before = evidence.facts("postgres", "before")
    most = before.get("max_connections")
    few = sessions is not None and sessions.maximum is not None and most and sessions.maximum < _NEAR * most
    return [
        ("indexes", before.get("indexes_missing") == []),
        ("locks (pg_blocking_pids)", waiting is not None and waiting.maximum == 0),
        ("connections", bool(few)),
    ]
