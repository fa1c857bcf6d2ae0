"""Handles events from users: a message is stored, sent to the readers of its channel, and given to its agent."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import psycopg

from reznet_load.target.agents import Agents
from reznet_load.target.cache import AGENT_LIST, Cache
from reznet_load.target.database import Database
from reznet_load.target.options import TargetOptions
from reznet_load.target.sockets import Caller, Refusal, Sockets, channel_of, shown

_ADDRESSED = re.compile(r"@([A-Za-z0-9_-]+)")
_UNADDRESSED_FROM = 11  # characters; a text of this length or longer that names no agent goes to the orchestrator


class Chat:
    """Handlers of clients' events. Each reply is a separate task, so that a client never waits for an agent.

    A handler raises Refusal if the request of the client cannot be carried out.
    """

    def __init__(
        self, options: TargetOptions, database: Database, cache: Cache, sockets: Sockets, agents: Agents
    ) -> None:
        self._options = options
        self._database = database
        self._cache = cache
        self._sockets = sockets
        self._agents = agents
        self._replies: set[asyncio.Task[None]] = set()

    async def on_message(self, caller: Caller, data: dict[str, Any]) -> None:
        """`message_send`: store the message, send it to all readers of the channel, and give it to its agent."""
        channel = channel_of(data, "processing message")
        content, name = str(data.get("content", "")), str(data.get("author_name") or "User")
        await caller.read(channel)
        try:
            stored = await self._database.add_message(channel, "user", name, content)
        except psycopg.errors.ForeignKeyViolation:
            raise Refusal(f"Error processing message: Channel not found: {channel}") from None
        await self._sockets.emit("message_new", shown(stored), channel)
        agent = await self._addressee(channel, content)
        if agent:
            self._spawn(self._agents.answer(agent, channel, content, stored["id"]))

    async def on_invoke(self, caller: Caller, data: dict[str, Any]) -> None:
        """`agent_invoke`: ask one agent, in the given channel or in the agent's direct channel."""
        name = str(data.get("agent_name", "")).lstrip("@")
        if data.get("channel_id"):
            await caller.read(channel_of(data, "invoking agent"))
        self._sockets.emit_small("agent_status", {"agent_name": name, "status": "thinking"}, data.get("channel_id"))
        agent = await self._find(name)
        if agent is None:
            raise Refusal(f"Error invoking agent: Agent not found: @{name}")
        channel = str(data.get("channel_id") or (await self.direct_channel(agent))["id"])
        await caller.read(channel)
        self._spawn(self._agents.answer(agent, channel, str(data.get("message", "")), None))

    async def on_typing(self, caller: Caller, data: dict[str, Any]) -> None:
        """`typing_start`: show the readers of the channel that this user types."""
        channel = channel_of(data, "processing typing")
        await caller.read(channel)
        shown_as = {"channel_id": channel, "user_name": str(data.get("user_name", ""))}
        self._sockets.emit_small("user_typing", shown_as, channel)

    async def on_stats(self, caller: Caller, data: dict[str, Any]) -> None:
        """`get_stats`: send the number of connections and what short keys and gzip saved."""
        await caller.tell("stats_response", {"connections": self._sockets.count, **self._sockets.writer.saved.report()})

    async def direct_channel(self, agent: dict[str, Any]) -> dict[str, Any]:
        """An agent's direct-message channel, created on first use."""
        name = f"dm-{agent['name'].lstrip('@')}"
        made = await self._database.add_channel(name, None, "dm", agent["id"])
        if made is not None:
            await self._cache.forget(self._cache.channel_list())
            return made
        found = await self._database.row("SELECT * FROM channels WHERE name = %s", name)
        assert found is not None
        return found

    async def _addressee(self, channel: str, content: str) -> dict[str, Any] | None:
        orchestrates, named = self._options.generation.orchestrates, _ADDRESSED.search(content)
        if orchestrates:
            row = await self._database.channel(channel)
            if row and row["channel_type"] == "dm" and row["dm_agent_id"]:
                return await self._database.agent(row["dm_agent_id"])
        if named:
            return await self._find(named[1])
        return await self._find("orchestrator") if orchestrates and len(content) >= _UNADDRESSED_FROM else None

    async def _find(self, name: str) -> dict[str, Any] | None:
        raw = await self._cache.read(self._cache.agent_list(True), AGENT_LIST, lambda: self._database.agents(True))
        return self._agents.by_name(raw or b"[]", name)

    def _spawn(self, reply: Any) -> None:
        task = asyncio.create_task(reply)
        self._replies.add(task)
        task.add_done_callback(self._replies.discard)
