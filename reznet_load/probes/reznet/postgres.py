"""PostgreSQL under a RezNet: in addition to the general probe, the two queries of the results document, timed.

Cost in addition to the general probe: twelve short transactions a second. Measured against PostgreSQL 15 with 50 000
messages: 0.5 % of a core by the CPU time of the probe's own backends, half of it the deep page; the agent list takes
0.05 %, the message page 0.15 %.
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
from reznet_load.dialects.every import DEFAULT
from reznet_load.dialects.reznet import RezNet
from reznet_load.probes.catalogue import Asked, Totals
from reznet_load.probes.postgres import SILENT, PostgresProbe
from reznet_load.probes.postgres_questions import CATALOGUE, lost, refused
from reznet_load.probes.probe import Notes, ProbedRun, ProbeTimeout, Task
from reznet_load.probes.reznet import catalogue
from reznet_load.probes.reznet.target_counters import pool_counters

_TIMED_EVERY, _DEEP_EVERY, _STATEMENTS_EVERY = 0.2, 1.0, 2.0  # seconds
_PAGE, _DEEP_OFFSET = 50, 2000  # at 5 000 the deep page alone took 0.45 % of a core
# Rows that are unknown if statements are not counted, or not shown.
_COUNTED = (rows.AGENT_LIST_STATEMENTS.key, rows.QUERY_REDUCTION.key)


class RezNetPostgres(PostgresProbe):
    """Knows RezNet's tables and queries, and the backend's own counters of its pool."""

    def __init__(self, url: str, notes: Notes, api: Api | None = None, dialect: RezNet = DEFAULT) -> None:
        super().__init__(url, notes)
        self._api = api
        self._dialect = dialect
        self._queries = dialect.queries
        self._busiest: Any = None

    @classmethod
    def of_run(cls, run: ProbedRun) -> RezNetPostgres:
        """Of the run's settings, with paths as its deployment has them."""
        return cls(run.settings.database_url, run.notes, Api(run.settings), run.dialect())

    def open(self) -> dict[str, Any]:
        """Also returns the contract's indexes, and the plans of its queries."""
        try:
            busiest = self._questions.rows("timed", self._queries.busiest)
        except ProbeTimeout:
            busiest = self._questions.rows("timed", self._queries.busiest_lately)
        self._busiest = busiest[0][0] if busiest else None
        found = super().open()
        connection = self._questions.connection(CATALOGUE)
        try:
            found |= catalogue.indexes(connection, self._queries) | {"plans": self._plans(connection)}
        except psycopg.Error as error:
            raise refused(error) from None
        self.count_statements(0.0)
        return found | self._pool() | {"hidden": dict(self._hidden)}

    def _pool(self) -> dict[str, Any]:
        return {"pool": pool_counters(self._api, self._dialect) if self._api else {}}

    def _plans(self, connection: Asked) -> dict[str, Any]:
        """The plan of each query that ends within the statement time-out; other queries fail in their rows."""
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
        """The queries, then the readings of the general probe."""
        every = {rows.DEEP_PAGE_QUERY: _DEEP_EVERY}
        return [
            *(Task(every.get(row, _TIMED_EVERY), act, SILENT) for row, act in self.queries().items()),
            *super().tasks(),
            Task(_STATEMENTS_EVERY, self.count_statements, SILENT),
        ]

    def _time(self, row: NamedRow, due: float, query: str, *values: Any) -> None:
        began = time.perf_counter()
        behind = max(clock.now() - due, 0.0)
        session = self._questions.connection(row.name)
        behind += time.perf_counter() - began  # if the connection was lost, it includes opening it again
        error = None
        try:
            self._questions.rows(row.name, query, *values)
        except ProbeTimeout as slow:
            error = str(slow)
        self._notes.timed(row, (behind + session.took) * 1000, due, error)

    def count_statements(self, _: float) -> None:
        """Record how often the application's agent list has reached PostgreSQL; no sample if that cannot be read."""
        try:
            found = catalogue.agent_list_calls(self._questions.connection(CATALOGUE), self._queries)
        except psycopg.OperationalError as error:
            raise lost(error) from None
        if found.calls is None:
            self._hidden |= dict.fromkeys(_COUNTED, mask_text(found.missing))
        else:
            self._notes.gauge(rows.AGENT_LIST_STATEMENTS, found.calls)

    def _tables(self, connection: Asked, after: Totals) -> dict[str, Any]:
        """Present plans, indexes that the run did not use, and the pool's counters."""
        assert self._before is not None
        unused = catalogue.unused(self._before, after, self._queries)
        return {"indexes_unused": unused, "plans": self._plans(connection)} | self._pool()
