"""Sentences on the PostgreSQL of any backend: sessions and their limit, deadlocks, pages, statements, hidden values."""

from __future__ import annotations

from textwrap import shorten

from reznet_load.core.rows import (
    DB_CONNECTIONS,
    DB_ELSEWHERE,
    DB_IDLE_IN_TRANSACTION,
    DB_LONGEST_IDLE,
    DB_WAITING,
)
from reznet_load.core.units import format_value
from reznet_load.report.parts.server_facts import facts
from reznet_load.report.parts.target_counters import pool_waits
from reznet_load.report.view import View, ms

_QUERY = 160  # most characters of a statement in a table


def statements(view: View) -> list[dict[str, str]]:
    """Lines with the statements that took most of PostgreSQL's time during the run."""
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


def work(view: View) -> list[str]:
    """Sentences on deadlocks and on pages read from memory; [] if the probe did not read them at the end."""
    after = facts(view, "postgres")
    if not after:
        return []
    deadlocks = after.get("deadlocks", 0)
    found = [f"{deadlocks} deadlock{'' if deadlocks == 1 else 's'} during the run." if deadlocks else "No deadlock."]
    if after.get("buffer_hit_percent") is not None:
        found.append(f"{after['buffer_hit_percent']:.1f} % of the pages came from the buffer pool.")
    return found


def hidden(view: View) -> list[str]:
    """Sentences on values that PostgreSQL hides from the probe's role, and on what to do."""
    after = facts(view, "postgres")
    found, missing = list(dict.fromkeys(after.get("hidden", {}).values())), after.get("statements_missing", "")
    if missing and not any(missing in why for why in found):
        found.append(missing)
    return [f"Not measured: {why}." for why in found]


def sessions(view: View) -> list[str]:
    """Sentences on sessions by state and on the server's limit, from a reading each second."""
    limit = facts(view, "postgres", "before").get("max_connections")
    states = {"was idle in a transaction": DB_IDLE_IN_TRANSACTION, "waited on a lock": DB_WAITING}
    most = {state: row.maximum for state, named in states.items() if (row := view.row(named.key))}
    peak, elsewhere = view.row(DB_CONNECTIONS.key), view.row(DB_ELSEWHERE.key)
    if peak is None or peak.maximum is None:
        return []
    text = f"At most {peak.maximum:.0f} connections were open, of {limit} that PostgreSQL allows"
    if elsewhere and elsewhere.maximum:
        text += f", and {elsewhere.maximum:.0f} more to other databases of that server"
    counted = " and ".join(_at_most(count, state) for state, count in most.items() if count is not None)
    found = [f"{text}.", *([f"{counted[:1].upper()}{counted[1:]} (read once a second)."] if counted else [])]
    longest = view.row(DB_LONGEST_IDLE.key)
    if most.get("was idle in a transaction") and longest:
        found.append(f"The longest idle in transaction lasted {ms(longest.maximum)}.")
    if waits := pool_waits(view.result.info):
        found.append(waits.sentence)
    return found


def _at_most(count: float, state: str) -> str:
    """`none waited on a lock`, `at most 2 waited on a lock`."""
    return (
        f"at most {count:.0f} {state.replace('was idle', 'were idle') if count > 1 else state}"
        if count
        else f"none {state}"
    )
