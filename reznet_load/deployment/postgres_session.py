"""A PostgreSQL connection that also works through a pooler: settings last only for a transaction.

PgBouncer in transaction mode refuses start-up options by default, or drops them, does not support prepared statements,
and passes session settings on to the next client of the same server connection: the application. So each statement runs
in a transaction of its own, with limits that end with it. Cost over a bare statement: two round trips. What a DSN, a
service file or the environment set is not changed: only what they leave open is added.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

CONNECT_SECONDS = 5
_MOST_SOCKET_FOLDER = 80  # characters; a socket's path may have 107 bytes, and libpq adds `/.s.PGSQL.` and the port
_LIMITS = "SELECT name, setting::bigint FROM pg_settings WHERE name IN ('statement_timeout', 'lock_timeout')"
# Queried in a transaction like any other: the settings in effect there, and which server process answers.
_HOLDING = """
SELECT current_setting('transaction_read_only') = 'on', current_setting('statement_timeout') <> '0',
       current_setting('lock_timeout') <> '0', pg_backend_pid()"""


class LimitsNotHeld(psycopg.OperationalError):
    """The server does not keep read-only or a time-out to a transaction: it must not be queried."""


class PostgresSession:
    """`execute` runs one statement at a time, each in a transaction.

    `took` is the duration of the last one in seconds, `asked` the number of statements so far.

    Through a pooler that includes the wait for one of its connections, as for the application.
    """

    def __init__(self, url: str, name: str, statement_ms: int, lock_ms: int = 0, read_only: bool = True) -> None:
        """Connect as application `name`. Raises psycopg.Error; lower limits set by the DSN or the role stay."""
        self._read_only = read_only
        self.took = 0.0
        self.asked = 0
        self.pooled = False
        self._begin = "BEGIN READ ONLY" if read_only else "BEGIN"
        self._connection = psycopg.connect(
            url, autocommit=True, prepare_threshold=None, application_name=name, **left_open(url)
        )
        try:
            self._limit(statement_ms, lock_ms)
        except BaseException:
            self._connection.close()
            raise

    def _limit(self, statement_ms: int, lock_ms: int) -> None:
        """From now on no statement runs longer, and nothing is written; verified by the settings that the server
        reports.
        """
        own = dict(self.execute(_LIMITS).fetchall())
        for limit, wanted in (("statement_timeout", statement_ms), ("lock_timeout", lock_ms)):
            if wanted:
                self._begin += f"; SET LOCAL {limit} = {lower(int(own.get(limit, 0)), wanted)}"
        row = self.execute(_HOLDING).fetchone()
        read_only, statement, lock, backend = row or (False, False, False, 0)
        held = {"read-only": read_only or not self._read_only, "statement_timeout": statement, "lock_timeout": lock}
        if missing := [limit for limit, holds in held.items() if not holds and (lock_ms or limit != "lock_timeout")]:
            raise LimitsNotHeld(f"the server does not apply {' and '.join(missing)} to a transaction")
        self.pooled = backend != self._connection.info.backend_pid

    @property
    def closed(self) -> bool:
        """Was the connection closed, or lost?"""
        return self._connection.closed

    def execute(self, query: str, values: Sequence[Any] | Mapping[str, Any] | None = None) -> psycopg.Cursor[Any]:
        """The result of one statement; its transaction has ended. Raises psycopg.Error after rolling back."""
        began = time.perf_counter()
        self.asked += 1
        try:
            # several statements in one message, which works because none has parameters
            self._connection.execute(self._begin)
            if not self.pooled:
                began = time.perf_counter()
            cursor = self._connection.execute(query, values)  # type: ignore[call-overload]
        except psycopg.Error:
            self.took = time.perf_counter() - began
            with suppress(psycopg.Error):
                self._connection.execute("ROLLBACK")
            raise
        self.took = time.perf_counter() - began
        self._connection.execute("COMMIT")
        return cursor

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def __enter__(self) -> PostgresSession:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def lower(own: int, wanted: int) -> int:
    """The lower of two limits in ms; 0 means no limit."""
    return min(own, wanted) if own else wanted


def left_open(url: str) -> dict[str, Any]:
    """Parameters to add to the DSN `url`: a time-out if neither it nor the environment has one, and a short path to a
    socket.

    A service file may have a time-out too, which a parameter would replace: with one, psycopg's own default stays.
    """
    given = conninfo_to_dict(url)
    added: dict[str, Any] = {}
    elsewhere = ("PGCONNECT_TIMEOUT", "PGSERVICE")
    if not {"connect_timeout", "service"} & given.keys() and not any(os.environ.get(name) for name in elsewhere):
        added["connect_timeout"] = CONNECT_SECONDS
    hosts = str(given.get("host") or ("" if "service" in given else os.environ.get("PGHOST", "")))
    short = ",".join(_short(host) for host in hosts.split(","))
    return added | ({"host": short} if short != hosts else {})


@lru_cache(16)
def _short(host: str) -> str:
    """A socket folder as the path of an open file descriptor, if its name is too long for a socket's path."""
    if not host.startswith("/") or len(host.encode()) <= _MOST_SOCKET_FOLDER:
        return host
    try:
        return f"/proc/self/fd/{os.open(host, os.O_RDONLY | os.O_DIRECTORY)}"  # stays open as long as this process runs
    except OSError:
        return host  # libpq reports what is wrong with it
