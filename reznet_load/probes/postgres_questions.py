"""Queries to PostgreSQL whose failures become probe errors; one connection per task, kept open like those of a pool."""

from __future__ import annotations

from typing import Any

import psycopg

from reznet_load.core.text.secrets import mask_text
from reznet_load.deployment.postgres_session import PostgresSession
from reznet_load.probes.probe import ProbeError, ProbeRefused, ProbeTimeout

NAME = "reznet-load-probe"
CATALOGUE = "catalogue"  # the connection for queries before and after the load
_STATEMENT_MS, _LOCK_MS = 5000, 1000


class PostgresQuestions:
    """Read-only queries, each statement in its own transaction."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._open: dict[str, PostgresSession] = {}
        self._asked = 0  # on connections that were lost

    @property
    def asked(self) -> int:
        """Transactions so far, which the server's counters include."""
        return self._asked + sum(session.asked for session in list(self._open.values()))

    def connection(self, name: str) -> PostgresSession:
        """The connection of one task, opened again if it was lost. Raises ProbeError."""
        found = self._open.get(name)
        if found is not None and not found.closed:
            return found
        try:
            made = PostgresSession(self._url, NAME, _STATEMENT_MS, _LOCK_MS)
        except psycopg.Error as error:
            raise lost(error) from None
        self._asked += found.asked if found is not None else 0
        self._open[name] = made
        return made

    def renewed(self, name: str) -> PostgresSession:
        """A new connection of one task, because the old one may have been lost since its last use. Raises ProbeError."""
        if (old := self._open.get(name)) is not None:
            old.close()
        return self.connection(name)

    def rows(self, name: str, query: str, *values: Any) -> list[tuple]:
        """The rows that `query` returns on the connection `name`. Raises ProbeError."""
        connection = self.connection(name)
        try:
            return connection.execute(query, values or None).fetchall()
        except (psycopg.errors.QueryCanceled, psycopg.errors.LockNotAvailable) as error:
            raise ProbeTimeout(f"time-out: {plain(error)}") from None
        except psycopg.OperationalError as error:
            connection.close()
            raise lost(error) from None
        except psycopg.Error as error:
            raise refused(error) from None

    def close(self) -> None:
        """Close every connection."""
        for connection in self._open.values():
            connection.close()


def lost(error: psycopg.Error) -> ProbeError:
    """The error for a server that cannot be queried."""
    return ProbeError(f"DATABASE_URL: {plain(error)}")


def refused(error: psycopg.Error) -> ProbeRefused:
    """The error for a refused query."""
    return ProbeRefused(f"PostgreSQL refused a probe's query: {plain(error)}")


def plain(error: psycopg.Error) -> str:
    """The first line of PostgreSQL's own message, without passwords."""
    text = mask_text(str(error).strip())
    return text.splitlines()[0][:200] if text else type(error).__name__
