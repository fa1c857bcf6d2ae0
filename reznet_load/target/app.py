"""Assembles the backend: one ASGI application of REST and Socket.IO over a pool, a cache and a provider."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager
from typing import Any

import socketio
from fastapi import FastAPI

from reznet_load.target.agents import Agents
from reznet_load.target.cache import AGENT_LIST, CHANNEL
from reznet_load.target.chat import Chat
from reznet_load.target.database import Database, QueryTime, spent
from reznet_load.target.faults.calls import Calls, FaultyCache
from reznet_load.target.faults.disturb import Disturbance
from reznet_load.target.faults.names import Faults
from reznet_load.target.faults.slower import Computing, Slowed
from reznet_load.target.options import TargetOptions
from reznet_load.target.rest import DialectAnswers, about_router, agents_router, channels_router
from reznet_load.target.sockets import Sockets
from reznet_load.target.truth import Truth

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


def build(options: TargetOptions, database_url: str, redis_url: str, anthropic_url: str, openai_url: str) -> App:
    """The ASGI application of the backend, for one process."""
    database = Database(database_url, options.pool_size, options.pool_overflow)
    faults = Faults(options.faults)
    cache = FaultyCache(redis_url, options.generation.speaks.cache, faults)
    sockets = Sockets(options)
    agents = Agents(options, faults, database, sockets, anthropic_url, openai_url)
    chat = Chat(options, database, cache, sockets, agents)
    sockets.listen(chat)
    disturbance = Disturbance(faults, database, cache, sockets, database_url)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await database.pool.open(wait=True)
        if options.generation.warms:
            await cache.read(cache.agent_list(True), AGENT_LIST, lambda: database.agents(True))
            await cache.read(cache.channel_list(), CHANNEL, database.channels)
        disturbance.start()
        yield
        await disturbance.stop()
        await database.pool.close()
        await cache.client.aclose()

    rest = FastAPI(title="RezNet-compatible target", lifespan=lifespan)
    answers = DialectAnswers(options.generation, faults)
    rest.include_router(agents_router(database, cache, agents, chat, answers))
    rest.include_router(channels_router(database, cache, sockets, answers))
    rest.include_router(about_router(options, database, cache, sockets))

    @rest.exception_handler(404)
    async def not_found(*_: Any) -> Any:
        return answers.refuse(404, "Not Found")

    served: App = Calls(rest, faults) if options.faults else rest
    slowed = Slowed(served, options.process_time) if options.process_time > 1 else served
    computing = Computing(slowed, options.compute_time) if options.compute_time else slowed
    timed = Timed(computing, honest="lying-instrument" not in faults)
    guarded = Guarded(timed, options.require_token, answers) if options.require_token else timed
    everything = socketio.ASGIApp(sockets.server, guarded)
    return Truth(everything, options.truth, options.generation) if options.truth else everything


class Timed:
    """Adds `X-Process-Time`, `X-Query-Count` and `X-Query-Time` to each answer.

    honest   False: the last two are always 0, as in real v1 backends. This is a fault that a run must find.
    """

    def __init__(self, app: App, honest: bool) -> None:
        self._app = app
        self._honest = honest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One call of ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        own = QueryTime()
        spent.set(own)

        async def timed(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [
                    *message["headers"],
                    (b"x-process-time", b"%.2fms" % ((time.perf_counter() - began) * 1000)),
                    (b"x-query-count", b"%d" % (own.queries if self._honest else 0)),
                    (b"x-query-time", b"%.2fms" % (own.seconds * 1000 if self._honest else 0)),
                ]
            await send(message)

        await self._app(scope, receive, timed)


class Guarded:
    """Answers 401 to every REST call without `Authorization: Bearer TOKEN` (`--require-token`)."""

    def __init__(self, app: App, token: str, answers: DialectAnswers) -> None:
        self._app = app
        self._wanted = f"Bearer {token}".encode()
        self._answers = answers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One call of ASGI."""
        if scope["type"] == "http" and dict(scope["headers"]).get(b"authorization") != self._wanted:
            await self._answers.refuse(401, "Not authenticated")(scope, receive, send)
        else:
            await self._app(scope, receive, send)
