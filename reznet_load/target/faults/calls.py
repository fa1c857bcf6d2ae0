"""Faults of REST calls and of the cache, as wrappers around the parts of the backend."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from reznet_load.dialects.reznet_places import CacheKeys
from reznet_load.target.cache import AGENT, Cache, packed
from reznet_load.target.faults.names import Faults

# Seconds that are added to a slowed call.
_SLOW = 0.3
_RARE = 2.0
_STEADY = 0.075
_STRUCK = "/api/channels"  # the endpoint that is slow or rarely slow; it is cached, so nothing else makes it slow


class Calls:
    """ASGI middleware for four faults: all calls slower but good enough, one endpoint slow, rarely slow, or failing (500)."""

    def __init__(self, app: Any, faults: Faults) -> None:
        self._app = app
        self._faults = faults

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """One call of ASGI."""
        if scope["type"] == "http" and scope["method"] == "GET":
            path = scope["path"]
            if "slow-but-good" in self._faults:
                await asyncio.sleep(_STEADY)
            if path == _STRUCK and "slow-endpoint" in self._faults:
                await asyncio.sleep(_SLOW)
            if path == _STRUCK and self._faults.strikes("rare-endpoint"):
                await asyncio.sleep(_RARE)
            if path == _STRUCK and self._faults.strikes("server-errors"):
                await send({"type": "http.response.start", "status": 500, "headers": []})
                await send({"type": "http.response.body", "body": b"Internal Server Error"})
                return
        await self._app(scope, receive, send)


class FaultyCache(Cache):
    """A cache for four faults: it is bypassed, forgets at once, keeps entries for too long, or never forgets."""

    def __init__(self, url: str, keys: CacheKeys, faults: Faults) -> None:
        super().__init__(url, keys)
        self._faults = faults

    async def read(self, key: str, seconds: int, load: Callable[[], Awaitable[Any]]) -> bytes | None:
        """Like Cache.read, with the faults."""
        if "cache-bypassed" in self._faults:
            value = await load()
            return None if value is None else packed(value)
        if "wrong-lifetime" in self._faults and seconds == AGENT:
            seconds = 2 * AGENT
        found = await super().read(key, seconds, load)
        if "cold-cache" in self._faults:
            await self.client.pexpire(key, 50)
        return found

    async def forget(self, *keys: str) -> None:
        """Like Cache.forget; with the fault `no-invalidation` it does nothing."""
        if "no-invalidation" not in self._faults:
            await super().forget(*keys)
