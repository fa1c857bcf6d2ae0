"""PostgreSQL under load: the two queries of the results document, timed alongside the application's own; sessions, locks.

Read-only, with a statement time-out, each held for the length of a transaction, so that a pooler in between changes nothing.
Cost: thirteen short transactions a second. Measured against PostgreSQL 15 with 50 000
messages: 0.5 % of a core by the CPU time of the probe's own backends, half of it the deep page; the agent list takes
0.05 %, the message page 0.15 %, sessions and statements 0.03 %.
Every statement carries a column that no application's has, so that pg_stat_statements keeps ours apart.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import psycopg

from reznet_load.core import rows
from reznet_load.core.measured.named_row import NamedRow
from reznet_load.core.system import clock
from reznet_load.core.text.secrets import mask_text
from reznet_load.deployment.api import Api
from reznet_load.deployment.postgres_session import PostgresSession
from reznet_load.dialects.every import DEFAULT, by_name
from reznet_load.dialects.reznet import RezNet
from reznet_load.dialects.reznet_places import MARKER
from reznet_load.probes import catalogue
from reznet_load.probes.probe import Notes, ProbedRun, ProbeError, ProbeRefused, ProbeTimeout, Task
from reznet_load.probes.target_counters import pool_counters

_TIMED_EVERY, _DEEP_EVERY, _ACTIVITY_EVERY, _STATEMENTS_EVERY = 0.2, 1.0, 1.0, 2.0  # seconds
_SILENT = (
    6.0  # seconds: it gives up a query of its own after 5, and psycopg waits without end for one that stands still
)
_PAGE, _DEEP_OFFSET = 50, 2000  # at 5 000 the deep page alone took 0.45 % of a core
_STATEMENT_MS, _LOCK_MS = 5000, 1000
_NAME = "reznet-load-probe"
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
# Our sessions are left out. A pooler's belong to the application as well: there only what we do in them at this moment is.
_OURS = "coalesce(application_name, '') LIKE 'reznet-load%%'"  # the probe's, and the one that shows that the run is on
_DIRECT = _ACTIVITY.format(ours=f"NOT {_OURS}")
_POOLED = _ACTIVITY.format(ours=f"NOT ({_OURS} AND state = 'active')")
# A session of another role has no backend_type, and no state, for a role without pg_read_all_stats: of such a count nothing is
# known. One gauge for each column of _ACTIVITY. The last counts against the same limit.
_SESSIONS = (
    rows.DB_CONNECTIONS,
    rows.DB_ACTIVE,
    rows.DB_IDLE,
    rows.DB_IDLE_IN_TRANSACTION,
    rows.DB_WAITING,
    rows.DB_LONGEST_IDLE,
    rows.DB_ELSEWHERE,
)


# Rows of which nothing is known where statements are not counted, or not shown.
_COUNTED = (rows.AGENT_LIST_STATEMENTS.key, rows.QUERY_REDUCTION.key)


class PostgresProbe:
    """One connection a task, kept open as a pool keeps it."""

    name = "postgres"

    def __init__(self, url: str, notes: Notes, api: Api | None = None, dialect: RezNet = DEFAULT) -> None:
        self._url = url
        self._notes = notes
        self._api = api
        self._dialect = dialect
        self._queries = dialect.queries
        self._open: dict[str, PostgresSession] = {}
        self._busiest: Any = None
        self._before: catalogue.Totals | None = None
        self._hidden: dict[str, str] = {}

    def _connection(self, name: str) -> PostgresSession:
        """The connection of one task, opened anew where it was lost. Raises ProbeError."""
        found = self._open.get(name)
        if found is not None and not found.closed:
            return found
        try:
            made = PostgresSession(self._url, _NAME, _STATEMENT_MS, _LOCK_MS)
        except psycopg.Error as error:
            raise ProbeError(f"DATABASE_URL: {_plain(error)}") from None
        self._open[name] = made
        return made

    def _rows(self, name: str, query: str, *values: Any) -> list[tuple]:
        connection = self._connection(name)
        try:
            return connection.execute(query, values or None).fetchall()
        except (psycopg.errors.QueryCanceled, psycopg.errors.LockNotAvailable) as error:
            raise ProbeTimeout(f"time-out: {_plain(error)}") from None
        except psycopg.OperationalError as error:
            connection.close()
            raise ProbeError(f"DATABASE_URL: {_plain(error)}") from None
        except psycopg.Error as error:
            raise ProbeRefused(f"PostgreSQL refused a probe's query: {_plain(error)}") from None

    @classmethod
    def of_run(cls, run: ProbedRun) -> PostgresProbe:
        """Of the run's settings."""
        return cls(
            run.settings.database_url,
            run.notes,
            Api(run.settings),
            by_name(run.info().deployment.dialect, run.info().deployment.moved),
        )

    def open(self) -> dict[str, Any]:
        """Version, limits, indexes, plans, and the counters that `close` compares with."""
        try:
            busiest = self._rows("timed", self._queries.busiest)
        except ProbeTimeout:
            busiest = self._rows("timed", self._queries.busiest_lately)
        self._busiest = busiest[0][0] if busiest else None
        connection = self._connection("catalogue")
        try:
            self._before = catalogue.totals(connection)
            found = catalogue.server(connection, self._queries) | {"plans": self._plans(connection)}
        except psycopg.Error as error:
            raise ProbeError(f"PostgreSQL refused a probe's query: {_plain(error)}") from None
        self._look(0.0)
        self.count_statements(0.0)
        return found | {
            "pool": pool_counters(self._api, self._dialect) if self._api else {},
            "hidden": dict(self._hidden),
        }

    def _plans(self, connection: PostgresSession) -> dict[str, Any]:
        """Of each query that ends within the statement time-out; the others fail in their rows."""
        wanted: dict[str, tuple[Any, ...]] = {"agent list": (self._queries.agents,)}
        if self._busiest is not None:
            wanted["message page"] = (self._queries.messages, self._busiest, _PAGE, 0)
            wanted["deep page"] = (self._queries.messages, self._busiest, _PAGE, _DEEP_OFFSET)
        plans = {}
        for name, query in wanted.items():
            with suppress(psycopg.errors.QueryCanceled, psycopg.errors.LockNotAvailable):
                plans[name] = catalogue.plan(connection, *query)
        return plans

    def queries(self) -> dict[NamedRow, Callable[[float], None]]:
        """Each timed query by its row; `act(due)` runs it once."""
        made = {rows.AGENT_LIST_QUERY: lambda due: self._time(rows.AGENT_LIST_QUERY, due, self._queries.agents)}
        if self._busiest is not None:
            page, deep = (self._busiest, _PAGE, 0), (self._busiest, _PAGE, _DEEP_OFFSET)
            made[rows.MESSAGE_PAGE_QUERY] = lambda due: self._time(
                rows.MESSAGE_PAGE_QUERY, due, self._queries.messages, *page
            )
            made[rows.DEEP_PAGE_QUERY] = lambda due: self._time(
                rows.DEEP_PAGE_QUERY, due, self._queries.messages, *deep
            )
        return made

    def tasks(self) -> list[Task]:
        """The queries, and what the server says of its sessions."""
        every = {rows.DEEP_PAGE_QUERY: _DEEP_EVERY}
        return [
            *(Task(every.get(row, _TIMED_EVERY), act, _SILENT) for row, act in self.queries().items()),
            Task(_ACTIVITY_EVERY, self._look, _SILENT),
            Task(_STATEMENTS_EVERY, self.count_statements, _SILENT),
        ]

    def _time(self, row: NamedRow, due: float, query: str, *values: Any) -> None:
        began = time.perf_counter()
        behind = max(clock.now() - due, 0.0)
        session = self._connection(row.name)
        behind += time.perf_counter() - began  # where it was lost, and is opened anew
        error = None
        try:
            self._rows(row.name, query, *values)
        except ProbeTimeout as slow:
            error = str(slow)
        self._notes.timed(row, (behind + session.took) * 1000, due, error)

    def _look(self, _: float) -> None:
        asked = _POOLED if self._connection("activity").pooled else _DIRECT
        *counted, hidden, role, _marker = self._rows("activity", asked)[0]
        if hidden:
            why = f"{hidden} sessions of other roles are hidden from {role}: {catalogue.READ_ALL.format(role=role)}"
            self._hidden |= {row.key: why for row in _SESSIONS}
            return
        for row, value in zip(_SESSIONS, counted, strict=True):
            self._notes.gauge(row, float(value))

    def hides(self, row: str) -> str:
        """Why `row` cannot be measured here, and what to do; empty where it can."""
        return self._hidden.get(row, "")

    def count_statements(self, _: float) -> None:
        """How often the application's agent list has reached PostgreSQL; no sample where that cannot be read."""
        try:
            found = catalogue.agent_list_calls(self._connection("catalogue"), self._queries)
        except psycopg.OperationalError as error:
            raise ProbeError(f"DATABASE_URL: {_plain(error)}") from None
        if found.calls is None:
            self._hidden |= dict.fromkeys(_COUNTED, mask_text(found.missing))
        else:
            self._notes.gauge(rows.AGENT_LIST_STATEMENTS, found.calls)

    def close(self) -> dict[str, Any]:
        """What changed since `open`, and the plans as they are now."""
        if (old := self._open.pop("catalogue", None)) is not None:
            old.close()  # it may have been lost since it was used last
        connection = self._connection("catalogue")
        try:
            after = catalogue.totals(connection)
            assert self._before is not None
            found = catalogue.changes(self._before, after, self._queries) | {"plans": self._plans(connection)}
        except psycopg.Error as error:
            raise ProbeError(f"DATABASE_URL: {_plain(error)}") from None
        for connection in self._open.values():
            connection.close()
        return found | {
            "pool": pool_counters(self._api, self._dialect) if self._api else {},
            "hidden": dict(self._hidden),
        }


def _plain(error: psycopg.Error) -> str:
    """The first line of PostgreSQL's own words, without passwords."""
    text = mask_text(str(error).strip())
    return text.splitlines()[0][:200] if text else type(error).__name__
