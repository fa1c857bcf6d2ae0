"""Faults that run in the background: each is a task in the backend's event loop and ends with the loop."""

from __future__ import annotations

import asyncio
import random
import time
from contextlib import suppress
from typing import Any

import psycopg
import redis.asyncio as redis

from reznet_load.target.cache import Cache
from reznet_load.target.database import Database
from reznet_load.target.faults.names import Faults
from reznet_load.target.sockets import Sockets


class Disturbance:
    """Starts the `faults` that are switched on; `stop` ends them."""

    def __init__(self, faults: Faults, database: Database, cache: Cache, sockets: Sockets, database_url: str) -> None:
        self._database = database
        self._cache = cache
        self._sockets = sockets
        self._url = database_url
        self._faults = faults
        self._tasks: list[asyncio.Task[None]] = []
        self._held: list[Any] = []

    def start(self) -> None:
        """Start the tasks; call it within a running loop."""
        for name, act in (
            ("blocked-loop", self._block),
            ("slow-redis", self._slow_redis),
            ("memory-growth", self._grow),
            ("connection-leak", self._leak),
            ("pool-exhausted", self._exhaust),
            ("dropped-sockets", self._drop),
            ("lost-redis", self._lose_redis),
        ):
            if name in self._faults:
                self._tasks.append(asyncio.create_task(act()))

    async def stop(self) -> None:
        """Stop all tasks, and close the connections that they hold."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for held in self._held:
            if isinstance(held, psycopg.AsyncConnection):
                await held.close()

    async def _block(self) -> None:
        while True:
            await asyncio.sleep(0.35)
            time.sleep(0.25)  # blocks on purpose, like a synchronous call to a provider

    async def _slow_redis(self) -> None:
        while True:
            await self._cache.client.execute_command("DEBUG", "SLEEP", "0.04")
            await asyncio.sleep(0.01)

    async def _lose_redis(self) -> None:
        while len(self._sockets.connected["/"]) < 5:  # wait until the probes of the load have connected
            await asyncio.sleep(0.2)
        await asyncio.sleep(10)
        with suppress(redis.RedisError):  # the connection ends before its last answer
            await self._cache.client.execute_command("SHUTDOWN", "NOSAVE")

    async def _grow(self) -> None:
        for _ in range(240):
            self._held.append(b"\1" * 3_000_000)  # 3 MB at a time: larger pieces would block the loop, too
            await asyncio.sleep(0.05)

    async def _leak(self) -> None:
        for _ in range(120):
            self._held.append(await psycopg.AsyncConnection.connect(self._url, application_name="reznet-target"))
            await asyncio.sleep(0.05)

    async def _exhaust(self) -> None:
        async def hold() -> None:
            async with self._database.pool.connection() as connection, connection.transaction():
                await connection.execute("SELECT 1")
                await asyncio.sleep(20)

        await asyncio.sleep(8)  # after this time the load has begun
        while True:
            await asyncio.gather(*(hold() for _ in range(self._database.pool.max_size)), return_exceptions=True)
            await asyncio.sleep(5)

    async def _drop(self) -> None:
        since: dict[str, float] = {}
        while True:
            await asyncio.sleep(0.5)
            for sid in list(self._sockets.connected["/"]):
                until = since.setdefault(sid, time.monotonic() + random.uniform(6, 12))
                if time.monotonic() > until:
                    del since[sid]
                    await self._sockets.server.disconnect(sid)
