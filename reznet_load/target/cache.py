"""A read-through cache in Redis with the contract's keys and times to live, and the metrics it reports."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import redis.asyncio as redis

from reznet_load.dialects.reznet_places import CacheKeys

# Seconds to live of a cached entry.
AGENT_LIST = 1800
AGENT = 3600
CHANNEL = 600


@dataclass(slots=True)
class Metrics:
    """Counters of this process since its start."""

    hits: int = 0
    misses: int = 0
    sets: int = 0
    deletes: int = 0
    errors: int = 0


def packed(value: Any) -> bytes:
    """An answer as JSON, in the form in which it is stored and sent."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


class Cache:
    """Stores answers as the JSON bytes that are sent: a hit costs one GET and no decoding."""

    def __init__(self, url: str, keys: CacheKeys) -> None:
        self.client = redis.Redis.from_url(url, max_connections=50)
        self.keys = keys
        self.metrics = Metrics()

    def agent_list(self, active: bool) -> str:
        """The key of the agent list."""
        return self.keys.agent_lists.replace("*", f"active={active}")

    def agent(self, key: str) -> str:
        """The key of one agent, by id or name."""
        return self.keys.agent(key)

    def channel_list(self) -> str:
        """The key of the channel list."""
        return self.keys.channel_list

    def channel(self, key: str) -> str:
        """The key of one channel."""
        return self.keys.channel(key)

    async def read(self, key: str, seconds: int, load: Callable[[], Awaitable[Any]]) -> bytes | None:
        """The JSON stored under `key`; if there is none, the result of `load`, which is then stored for `seconds`.

        None if `load` returns None. An error of the cache is counted, and the answer comes from `load`.
        """
        try:
            found = await self.client.get(key)
            if found is not None:
                self.metrics.hits += 1
                return found
            self.metrics.misses += 1
        except redis.RedisError:
            self.metrics.errors += 1
        value = await load()
        if value is None:
            return None
        raw = packed(value)
        try:
            await self.client.set(key, raw, ex=seconds)
            self.metrics.sets += 1
        except redis.RedisError:
            self.metrics.errors += 1
        return raw

    async def forget(self, *keys: str) -> None:
        """Delete `keys`."""
        try:
            self.metrics.deletes += await self.client.delete(*keys)
        except redis.RedisError:
            self.metrics.errors += 1

    async def connected(self) -> bool:
        """Does Redis answer?"""
        try:
            return bool(await self.client.ping())
        except redis.RedisError:
            return False

    async def report(self) -> dict[str, Any]:
        """`cache_metrics` of `/api/performance/cache`."""
        m = self.metrics
        reads = m.hits + m.misses
        return {
            "hits": m.hits,
            "misses": m.misses,
            "sets": m.sets,
            "deletes": m.deletes,
            "errors": m.errors,
            "total_reads": reads,
            "hit_rate_percent": round(100 * m.hits / reads, 2) if reads else 0.0,
            "redis_connected": await self.connected(),
        }
