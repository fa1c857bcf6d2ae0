"""PostgreSQL under any application's load: sessions by state, transactions, pages read from memory, the statements
that took the most time.

Read-only, with a statement time-out, both set per transaction, so that a pooler in between changes nothing. Cost: 1.5
short transactions a second, 0.03 % of a core of PostgreSQL 15 by the CPU time of the probe's own backends. Every
statement has a column that no application's has, so that pg_stat_statements keeps ours separate. Our transactions are
counted and subtracted from the server's count.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg

from reznet_load.core import rows
from reznet_load.core.probes import MARKER
from reznet_load.core.system import clock
from reznet_load.probes import catalogue
from reznet_load.probes.postgres_questions import CATALOGUE, PostgresQuestions, lost, refused
from reznet_load.probes.probe import Notes, ProbedRun, Task

_ACTIVITY_EVERY, _COUNTERS_EVERY = 1.0, 2.0  # seconds
# seconds: its own queries end after 5, and psycopg waits without limit for one that hangs
SILENT = 6.0
_ACTIVITY = f"""
SELECT count(*) FILTER (WHERE here), count(*) FILTER (WHERE here AND state = 'active'),
       count(*) FILTER (WHERE here AND state = 'idle'),
       count(*) FILTER (WHERE here AND state LIKE 'idle in transaction%%'),
       count(*) FILTER (WHERE here AND wait_event_type = 'Lock'),
       coalesce(extract(epoch FROM max(now() - state_change) FILTER
                        (WHERE here AND state LIKE 'idle in transaction%%')), 0) * 1000,
       count(*) FILTER (WHERE NOT here), count(*) FILTER (WHERE backend_type IS NULL), current_user, 1 AS {MARKER}
FROM (SELECT *, datname = current_database() AS here FROM pg_stat_activity
      WHERE datname IS NOT NULL AND coalesce(backend_type, 'client backend') = 'client backend'
            AND {{ours}}) AS sessions"""
# Our sessions are excluded. A pooler's sessions also serve the application: there only our present activity is
# excluded.
_OURS = "coalesce(application_name, '') LIKE 'reznet-load%%'"  # the probe's, and the one that shows that the run is on
_DIRECT = _ACTIVITY.format(ours=f"NOT {_OURS}")
_POOLED = _ACTIVITY.format(ours=f"NOT ({_OURS} AND state = 'active')")
# For a role without pg_read_all_stats, sessions of other roles have no backend_type and no state: such a count is then
# unknown. One gauge for each column of _ACTIVITY. The last is compared with the same limit.
_SESSIONS = (
    rows.DB_CONNECTIONS,
    rows.DB_ACTIVE,
    rows.DB_IDLE,
    rows.DB_IDLE_IN_TRANSACTION,
    rows.DB_WAITING,
    rows.DB_LONGEST_IDLE,
    rows.DB_ELSEWHERE,
)
_COUNTERS = f"""
SELECT xact_commit + xact_rollback, blks_hit, blks_read, 1 AS {MARKER}
FROM pg_stat_database WHERE datname = current_database()"""


@dataclass(frozen=True, slots=True)
class _Counters:
    """Since the server's start, read at `at`: transactions without ours, pages found in memory, pages read from disk."""

    at: float
    transactions: int
    hit: int
    read: int


class PostgresProbe:
    """Measures any application's PostgreSQL; a dialect may have its own subclass that also knows its tables."""

    name = "postgres"

    def __init__(self, url: str, notes: Notes) -> None:
        self._notes = notes
        self._questions = PostgresQuestions(url)
        self._before: catalogue.Totals | None = None
        self._last: _Counters | None = None
        self._hidden: dict[str, str] = {}

    @classmethod
    def of_run(cls, run: ProbedRun) -> PostgresProbe:
        """Of the run's settings."""
        return cls(run.settings.database_url, run.notes)

    def open(self) -> dict[str, Any]:
        """Version, limits, and the counters from which `close` computes differences. Raises ProbeError."""
        connection = self._questions.connection(CATALOGUE)
        try:
            self._before = catalogue.totals(connection)
            found = catalogue.server(connection)
        except psycopg.Error as error:
            raise refused(error) from None
        self._look(0.0)
        return found | {"hidden": dict(self._hidden)}

    def tasks(self) -> list[Task]:
        """Readings of the server's sessions and of its work."""
        return [Task(_ACTIVITY_EVERY, self._look, SILENT), Task(_COUNTERS_EVERY, self._count, SILENT)]

    def _look(self, _: float) -> None:
        asked = _POOLED if self._questions.connection("activity").pooled else _DIRECT
        *counted, hidden, role, _marker = self._questions.rows("activity", asked)[0]
        if hidden:
            why = f"{hidden} sessions of other roles are hidden from {role}: {catalogue.READ_ALL.format(role=role)}"
            self._hidden |= {row.key: why for row in _SESSIONS}
            return
        for row, value in zip(_SESSIONS, counted, strict=True):
            self._notes.gauge(row, float(value))

    def _count(self, _: float) -> None:
        """Record transactions per second, and the share of pages found in memory, since the previous reading."""
        every, hit, read, _marker = self._questions.rows("activity", _COUNTERS)[0]
        now, before = clock.now(), self._last
        if before is None or hit < before.hit or read < before.read:  # the first reading, or they were reset to 0
            self._last = _Counters(now, every - self._questions.asked, hit, read)
            return
        # The server counts a transaction up to a second after its end: ours may be subtracted before it has counted
        # them.
        done = max(before.transactions, every - self._questions.asked)
        self._last = _Counters(now, done, hit, read)
        self._notes.gauge(rows.DB_TRANSACTIONS, (done - before.transactions) / (now - before.at))
        if pages := hit - before.hit + read - before.read:
            self._notes.gauge(rows.DB_BUFFER_HITS, 100 * (hit - before.hit) / pages)

    def hides(self, row: str) -> str:
        """Why `row` cannot be measured here, and what to do; empty if it can."""
        return self._hidden.get(row, "")

    def close(self) -> dict[str, Any]:
        """What changed since `open`."""
        connection = self._questions.renewed(CATALOGUE)
        try:
            after = catalogue.totals(connection)
            assert self._before is not None
            found = catalogue.changes(self._before, after) | self._tables(connection, after)
        except psycopg.Error as error:
            raise lost(error) from None
        self._questions.close()
        if after.statements is None:
            found["statements_missing"] = catalogue.HOW_TO_SWITCH_ON
        return found | {"hidden": dict(self._hidden)}

    def _tables(self, connection: catalogue.Asked, after: catalogue.Totals) -> dict[str, Any]:
        """Facts about the application's own tables after the load: none for an unknown application."""
        return {}
