"""Faults that go on alongside the traffic: each a task of the backend's loop, ended with it."""

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
    """Starts what `faults` ask for; `stop` ends it."""

    def __init__(self, faults: Faults, database: Database, cache: Cache, sockets: Sockets, database_url: str) -> None:
        self._database = database
        self._cache = cache
        self._sockets = sockets
        self._url = database_url
        self._faults = faults
        self._tasks: list[asyncio.Task[None]] = []
        self._held: list[Any] = []

    def start(self) -> None:
        """Within a running loop."""
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
        """End all of it, connections included."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for held in self._held:
            if isinstance(held, psycopg.AsyncConnection):
                await held.close()

    async def _block(self) -> None:
        while True:
            await asyncio.sleep(0.35)
            time.sleep(0.25)  # on purpose: what a synchronous provider call does to all users

    async def _slow_redis(self) -> None:
        while True:
            await self._cache.client.execute_command("DEBUG", "SLEEP", "0.04")
            await asyncio.sleep(0.01)

    async def _lose_redis(self) -> None:
        while len(self._sockets.connected["/"]) < 5:  # the load's probes have seen it by then
            await asyncio.sleep(0.2)
        await asyncio.sleep(10)
        with suppress(redis.RedisError):  # its last answer is the end of the connection
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

        await asyncio.sleep(8)  # the load is there first
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
