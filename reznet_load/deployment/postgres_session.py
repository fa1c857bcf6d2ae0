"""A connection to PostgreSQL that works the same through a pooler: nothing is set but for the length of a transaction.

PgBouncer in transaction mode refuses start-up options by default, or drops them, knows no prepared statements, and gives
what a session has set to the next client of the same server connection: the application. So each statement runs in a
transaction of its own, with limits that end with it. Cost over a bare statement: two round trips.
What a DSN, a service file or the environment say is left alone: only what they leave open is added.
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
# Asked in a transaction like any other: what holds there, and which server process answers.
_HOLDING = """
SELECT current_setting('transaction_read_only') = 'on', current_setting('statement_timeout') <> '0',
       current_setting('lock_timeout') <> '0', pg_backend_pid()"""


class LimitsNotHeld(psycopg.OperationalError):
    """The server does not keep read-only or a time-out to a transaction: nothing may be asked of it."""


class PostgresSession:
    """`execute` one statement at a time, each in a transaction; `took` is how long the last one did, in seconds, `asked` how many.

    Through a pooler that includes the wait for one of its connections, as the application waits for it.
    """

    def __init__(self, url: str, name: str, statement_ms: int, lock_ms: int = 0, read_only: bool = True) -> None:
        """Connect as application `name`. Raises psycopg.Error; limits that the DSN or the role set lower stay."""
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
        """From now on no statement runs longer, and nothing is written; proven by what the server says it holds."""
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
        """The result of one statement, its transaction ended. Raises psycopg.Error, the transaction undone."""
        began = time.perf_counter()
        self.asked += 1
        try:
            self._connection.execute(self._begin)  # several statements in one message, since none has parameters
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
        """End the connection."""
        self._connection.close()

    def __enter__(self) -> PostgresSession:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def lower(own: int, wanted: int) -> int:
    """The lower of two limits in ms, of which 0 is none."""
    return min(own, wanted) if own else wanted


def left_open(url: str) -> dict[str, Any]:
    """What to add to the DSN `url`: a time-out where neither it nor the environment has one, and a short way to a socket.

    A service file may hold a time-out too, and what is given here would replace it: there psycopg's own stays.
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
    """A folder of sockets by the number of an open file, where its name is too long for the path of a socket."""
    if not host.startswith("/") or len(host.encode()) <= _MOST_SOCKET_FOLDER:
        return host
    try:
        return f"/proc/self/fd/{os.open(host, os.O_RDONLY | os.O_DIRECTORY)}"  # open as long as this process
    except OSError:
        return host  # libpq says what is wrong with it
