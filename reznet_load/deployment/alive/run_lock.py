"""A run shows that it is on by an advisory lock in PostgreSQL, which ends with its session.

A pooler in transaction mode gives the next transaction another session: a lock would not belong to the run, so none is
taken. Cost: one connection, and one query of pg_locks every 10 s.
"""

from __future__ import annotations

import hashlib

import psycopg

from reznet_load.core.settings.settings import Settings
from reznet_load.core.text.foreign_text import safe
from reznet_load.deployment.alive.sign import CannotShowError, LifeSign
from reznet_load.deployment.postgres_session import PostgresSession

_NAME = "reznet-load-alive"  # the PostgreSQL probe leaves out whatever begins with reznet-load
_STATEMENT_MS = 5000
_WHERE = """
SELECT (SELECT oid FROM pg_database WHERE datname = current_database())::text || '.'
       || floor(extract(epoch FROM pg_postmaster_start_time()))::bigint::text"""
_HELD = """
SELECT count(*) FROM pg_locks
WHERE locktype = 'advisory' AND objsubid = 1 AND granted AND classid::bigint = %(high)s AND objid::bigint = %(low)s
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"""
_HELD_HERE = _HELD + " AND pid = pg_backend_pid()"


class RunLock:
    """The lock of this run. Raises CannotShowError if a lock would not belong to it."""

    def __init__(self, settings: Settings, run: str) -> None:
        self._settings = settings
        self._number = number_of(run)
        self._session = self._taken()
        self.sign = LifeSign("lock", _where(self._session))

    def _taken(self) -> PostgresSession:
        try:
            session = PostgresSession(self._settings.database_url, _NAME, _STATEMENT_MS)
        except (psycopg.Error, OSError) as error:
            raise CannotShowError(safe(error, 160)) from None
        try:
            if session.pooled:
                raise CannotShowError(
                    "a connection pooler is in front of PostgreSQL: a lock may belong to another client"
                )
            row = session.execute("SELECT pg_try_advisory_lock(%s)", (self._number,)).fetchone()
            if not (row and row[0] and self._held(session)):
                raise CannotShowError("PostgreSQL did not give the lock")
        except psycopg.Error as error:
            session.close()
            raise CannotShowError(safe(error, 160)) from None
        except CannotShowError:
            session.close()
            raise
        return session

    def _held(self, session: PostgresSession) -> bool:
        row = session.execute(_HELD_HERE, _halves(self._number)).fetchone()
        return bool(row and row[0])

    def renew(self) -> None:
        """Check that the lock is still held; take it again on a new session if the old one has ended. Raises
        CannotShowError.
        """
        try:
            held = not self._session.closed and self._held(self._session)
        except psycopg.Error:
            held = False
        if not held:
            self._session.close()
            self._session = self._taken()

    def close(self) -> None:
        """Close the session, which releases the lock."""
        self._session.close()


class RunLocks:
    """Locks of other runs, in the database of the settings. Raises CannotShowError."""

    def __init__(self, settings: Settings) -> None:
        try:
            self._session = PostgresSession(settings.database_url, _NAME, _STATEMENT_MS)
            self._here = _where(self._session)
        except (psycopg.Error, OSError) as error:
            raise CannotShowError(safe(error, 160)) from None

    def is_on(self, run: str, sign: LifeSign) -> bool | None:
        """Is the run's lock held? None if this is not the server that the sign names. Raises psycopg.Error."""
        if sign.where != self._here:
            return None
        row = self._session.execute(_HELD, _halves(number_of(run))).fetchone()
        return bool(row and row[0])

    def close(self) -> None:
        """Close the session."""
        self._session.close()


def number_of(run: str) -> int:
    """The lock number of a run: 63 bits, the size that PostgreSQL accepts."""
    return int.from_bytes(hashlib.sha256(f"reznet-load:run:{run}".encode()).digest()[:8], "big") >> 1


def _halves(number: int) -> dict[str, int]:
    """The number in two halves, as pg_locks shows it."""
    return {"high": number >> 32, "low": number & 0xFFFFFFFF}


def _where(session: PostgresSession) -> str:
    row = session.execute(_WHERE).fetchone()
    return str(row[0]) if row else ""
