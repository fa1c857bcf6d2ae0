"""The application's queries, one statement each, on an async pool of `size` connections and `overflow` more under load."""

from __future__ import annotations

import asyncio
import time
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb
from psycopg_pool import AsyncConnectionPool

_MESSAGE = "id, channel_id, author_id, author_type, author_name, content, thread_id, metadata, created_at"
_AGENT = "id, name, agent_type, persona, config, is_active, created_at, updated_at"
_CHANNEL = "id, name, topic, channel_type, dm_agent_id, is_archived, context_cleared_at, created_at, updated_at"
_POOL_WAIT = 30.0  # seconds that a handler waits for a connection; the default of the real backend


def plain(row: dict[str, Any]) -> dict[str, Any]:
    """`row` with values that JSON has; UUIDs and times become text."""
    return {
        name: value if isinstance(value, (str, int, float, bool, dict, list, type(None))) else _text(value)
        for name, value in row.items()
    }


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


@dataclass(slots=True)
class QueryTime:
    """How many statements a request ran, and their seconds, including waits for a connection."""

    queries: int = 0
    seconds: float = 0.0


# Per task, because requests run concurrently and each must report its own.
spent: ContextVar[QueryTime | None] = ContextVar("spent", default=None)


class Database:
    """Runs statements and returns rows. Statements that reached PostgreSQL are counted in `spent`."""

    def __init__(self, url: str, size: int, overflow: int) -> None:
        self.pool = AsyncConnectionPool(
            url,
            min_size=size,
            max_size=size + overflow,
            open=False,
            timeout=_POOL_WAIT,
            kwargs={"row_factory": dict_row, "autocommit": True, "application_name": "reznet-target"},
        )

    async def alive(self) -> bool:
        """Does PostgreSQL answer within a second?"""
        try:
            async with asyncio.timeout(1.0):
                await self.rows("SELECT 1")
        except (psycopg.Error, TimeoutError):
            return False
        return True

    async def rows(self, query: str, *values: Any) -> list[dict[str, Any]]:
        """All rows of one statement."""
        began = time.perf_counter()
        async with self.pool.connection() as connection:
            cursor = await connection.execute(query, values)  # type: ignore[arg-type]
            found = await cursor.fetchall() if cursor.description else []
        if (own := spent.get()) is not None:
            own.queries += 1
            own.seconds += time.perf_counter() - began
        return [plain(row) for row in found]

    async def row(self, query: str, *values: Any) -> dict[str, Any] | None:
        """The first row of one statement; None if there is no row."""
        found = await self.rows(query, *values)
        return found[0] if found else None

    async def agents(self, active: bool) -> list[dict[str, Any]]:
        """All agents, or only active ones, in the order of their creation."""
        where = "WHERE is_active = true " if active else ""
        return await self.rows(f"SELECT {_AGENT} FROM agents {where}ORDER BY created_at")

    async def agent(self, key: str, by: str = "id") -> dict[str, Any] | None:
        """The agent whose column `by` (`id` or `name`) is `key`; None if there is none."""
        return await self.row(f"SELECT {_AGENT} FROM agents WHERE {by} = %s", key)

    async def activate(self, agent: str, active: bool, always: bool) -> dict[str, Any] | None:
        """Switch an agent on or off; returns its row, None if there is no such agent.

        always   write the row even if the agent already has this state
        """
        changed = await self.row(
            "UPDATE agents SET is_active = %s, updated_at = now() WHERE id = %s AND (%s OR is_active <> %s) "
            f"RETURNING {_AGENT}",
            active,
            agent,
            always,
            active,
        )
        return changed or await self.agent(agent)

    async def channels(self) -> list[dict[str, Any]]:
        """Channels that are not archived."""
        return await self.rows(f"SELECT {_CHANNEL} FROM channels WHERE NOT is_archived ORDER BY created_at")

    async def channel(self, channel: str) -> dict[str, Any] | None:
        """The channel with this id; None if there is none."""
        return await self.row(f"SELECT {_CHANNEL} FROM channels WHERE id = %s", channel)

    async def add_channel(
        self, name: str, topic: str | None, kind: str, agent: str | None = None
    ) -> dict[str, Any] | None:
        """Create a channel; returns its row, None if the name is taken."""
        return await self.row(
            "INSERT INTO channels (name, topic, channel_type, dm_agent_id) VALUES (%s, %s, %s, %s) "
            f"ON CONFLICT (name) DO NOTHING RETURNING {_CHANNEL}",
            name,
            topic,
            kind,
            agent,
        )

    async def archive(self, channel: str) -> dict[str, Any] | None:
        """Archive a channel, whose row and messages stay; None if there is no such channel."""
        return await self.row("UPDATE channels SET is_archived = true WHERE id = %s RETURNING id", channel)

    async def clear(self, channel: str) -> dict[str, Any] | None:
        """Hide all messages of a channel so far; None if there is no such channel."""
        return await self.row("UPDATE channels SET context_cleared_at = now() WHERE id = %s RETURNING id", channel)

    async def messages(self, channel: str, limit: int, offset: int) -> list[dict[str, Any]]:
        """One page of messages, oldest first; `offset` counts from the newest message.

        Messages before the channel's `context_cleared_at` are left out.
        """
        newest = await self.rows(
            f"SELECT {_MESSAGE} FROM messages WHERE channel_id = %s AND created_at > coalesce("
            "(SELECT context_cleared_at FROM channels WHERE id = %s), '-infinity') "
            "ORDER BY created_at DESC LIMIT %s OFFSET %s",
            channel,
            channel,
            limit,
            offset,
        )
        return newest[::-1]

    async def add_message(
        self, channel: str, kind: str, name: str, content: str, metadata: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Store a message with one INSERT; returns its row."""
        row = await self.row(
            f"INSERT INTO messages (channel_id, author_type, author_name, content, metadata) VALUES (%s, %s, %s, %s, %s) "
            f"RETURNING {_MESSAGE}",
            channel,
            kind,
            name,
            content,
            Jsonb(metadata or {}),
        )
        assert row is not None
        return row

    async def finish_message(self, message: str, content: str) -> None:
        """Store the whole text of a streamed message."""
        await self.rows("UPDATE messages SET content = %s WHERE id = %s", content, message)

    async def counts(self) -> dict[str, int]:
        """Table -> number of rows, for `/api/stats`."""
        row = await self.row(
            "SELECT (SELECT count(*) FROM agents) AS agents, (SELECT count(*) FROM channels) AS channels, "
            "(SELECT reltuples::bigint FROM pg_class WHERE relname = 'messages') AS messages"
        )
        return row or {}
