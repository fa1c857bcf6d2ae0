"""What a load test uses of RezNet: paths of the REST API, keys in Redis, queries for PostgreSQL, names of socket events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reznet_load.core.probes import MARKER

_BUSIEST = f"SELECT channel_id, count(*) AS {MARKER} FROM"


@dataclass(frozen=True, slots=True)
class Paths:
    """Paths of REST calls. A generation is recognised by its `health`; a backend may lack the two `…_counters`."""

    health: str
    agents: str = "/api/agents?active_only=true"
    agent: str = "/api/agents/{id}"
    activate: str = "/api/agents/{id}/activate"
    deactivate: str = "/api/agents/{id}/deactivate"
    channels: str = "/api/channels"
    channel: str = "/api/channels/{id}"
    messages: str = "/api/channels/{id}/messages?limit={limit}&offset=0"
    provider: str = "/api/llm-config"
    cache_counters: str = "/api/performance/cache"
    pool_counters: str = "/api/performance/database"


@dataclass(frozen=True, slots=True)
class CacheKeys:
    """Redis keys, each with `prefix` in front, and the TTL that the contract gives each kind (seconds)."""

    prefix: str = ""
    agent_seconds: int = 3600
    agents_seconds: int = 1800
    channels_seconds: int = 600

    def agent(self, id: str) -> str:
        """The key of the agent `id`."""
        return f"{self.prefix}agents:{id}"

    @property
    def agent_lists(self) -> str:
        """The pattern of the keys of agent lists."""
        return f"{self.prefix}agents:list:*"

    def channel(self, id: str) -> str:
        """The key of the channel `id`."""
        return f"{self.prefix}channels:{id}"

    @property
    def channel_list(self) -> str:
        """The key of the list of channels."""
        return f"{self.prefix}channels:list:active"

    @property
    def lifetimes(self) -> dict[str, int]:
        """Pattern of keys -> their TTL, seconds."""
        return {
            self.agent_lists: self.agents_seconds,
            self.agent("????????-*"): self.agent_seconds,
            self.channel_list: self.channels_seconds,
        }


@dataclass(frozen=True, slots=True)
class Queries:
    """SQL for RezNet's database. By the column MARKER, pg_stat_statements tells our queries from those of the application.

    agents, messages   the queries of the results document, which probes time (read-only)
    busiest            the channel with the most messages, and their number
    agent_list         a pattern for pg_stat_statements that finds the application's own query of the agent list
    indexes            indexes that the contract requires
    channels_named, count_channels, delete_channels   for the removal of channels that load tests made
    """

    agents: str = f"""
SELECT id, name, agent_type, persona, config, is_active, created_at, updated_at, 1 AS {MARKER}
FROM agents WHERE is_active ORDER BY created_at"""
    messages: str = f"""
SELECT id, channel_id, author_id, author_type, author_name, content, thread_id, metadata, created_at, 1 AS {MARKER}
FROM messages WHERE channel_id = %s ORDER BY created_at DESC LIMIT %s OFFSET %s"""
    busiest: str = f"{_BUSIEST} messages GROUP BY channel_id ORDER BY 2 DESC LIMIT 1"
    # If `busiest` takes longer than the statement time-out.
    busiest_lately: str = f"""
{_BUSIEST} (SELECT channel_id FROM messages ORDER BY created_at DESC LIMIT 10000)
AS newest GROUP BY channel_id ORDER BY 2 DESC LIMIT 1"""
    # Matches the list however its SQL is written, but not the query of one agent by its id.
    agent_list: str = r'from\s+("?\w+"?\.)?"?agents"?\y.*order\s+by\s+.*created_at'
    indexes: tuple[str, ...] = (
        "idx_agents_name",
        "idx_agents_type",
        "idx_agents_active",
        "idx_agents_type_active",
        "idx_messages_channel_id",
        "idx_messages_created_at",
        "idx_messages_author_id",
        "idx_messages_channel_created",
    )
    channels_named: str = "SELECT id::text, name, topic FROM channels WHERE name LIKE %s"
    count_channels: str = (
        "SELECT (SELECT count(*) FROM channels WHERE id = ANY(%(ids)s::uuid[]) AND name LIKE 'reznet-load-%%'), "
        "(SELECT count(*) FROM messages WHERE channel_id = ANY(%(ids)s::uuid[]))"
    )
    # By id and by name: a wrong id from a backend must not remove a channel of other users. Messages are removed by cascade.
    delete_channels: str = "DELETE FROM channels WHERE id = ANY(%(ids)s::uuid[]) AND name LIKE 'reznet-load-%%'"


@dataclass(frozen=True, slots=True)
class EventNames:
    """Names of events on the socket. The server sends `message` to `batch`; users send `send`, `typing` and `ping`."""

    message: str = "message_new"
    chunk: str = "message_stream"
    update: str = "message_update"
    status: str = "agent_status"
    error: str = "error"
    pong: str = "pong"
    batch: str = "message_batch"
    send: str = "message_send"
    typing: str = "typing_start"
    ping: str = "ping"


# Short key of a payload -> the long key that dialects read.
KEYS: Mapping[str, str] = {
    "mid": "message_id", "cid": "channel_id", "at": "author_type", "an": "author_name", "aid": "author_id",
    "c": "content", "ts": "created_at", "uts": "updated_at", "tid": "thread_id", "m": "metadata", "ag": "agent_name",
    "agid": "agent_id", "s": "status", "ch": "chunk", "fin": "is_final", "str": "streaming", "err": "error",
    "msg": "message", "un": "user_name", "mdl": "model", "prv": "provider", "irt": "in_reply_to", "tok": "tokens",
    "n": "name", "ty": "type", "v": "value", "k": "key", "da": "data",
}  # fmt: skip
