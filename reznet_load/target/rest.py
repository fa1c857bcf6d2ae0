"""The REST calls of the contract; `DialectAnswers` has the differences between dialects."""

from __future__ import annotations

import uuid
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from reznet_load.target.agents import Agents
from reznet_load.target.cache import AGENT, AGENT_LIST, CHANNEL, Cache
from reznet_load.target.chat import Chat
from reznet_load.target.database import Database
from reznet_load.target.faults.names import Faults
from reznet_load.target.generation import Generation
from reznet_load.target.metrics_page import TargetMetrics
from reznet_load.target.options import MODELS, TargetOptions
from reznet_load.target.sockets import Sockets

_MOST_MESSAGES = 500


class DialectAnswers:
    """The answers of a dialect to refused calls, and to calls that created something."""

    def __init__(self, generation: Generation, faults: Faults) -> None:
        self.created = generation.created
        # The ORM of v1 sees that an `activate` of an active agent changes nothing, and writes nothing.
        self.writes_always = generation.writes_unchanged and "no-op-update" not in faults
        self._key = generation.refuses_under

    def refuse(self, status: int, text: str) -> JSONResponse:
        """An answer `{"detail": …}` (v1) or `{"error": …}` (v2) with this status."""
        return JSONResponse({self._key: text}, status)


def _json(raw: bytes) -> Response:
    return Response(raw, media_type="application/json")


def _is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


def agents_router(database: Database, cache: Cache, agents: Agents, chat: Chat, answers: DialectAnswers) -> APIRouter:
    """The calls below `/api/agents`."""
    router = APIRouter(prefix="/api/agents")
    missing = answers.refuse(404, "Agent not found")

    @router.get("")
    async def listed(active_only: bool = True) -> Response:
        key = cache.agent_list(active_only)
        return _json(await cache.read(key, AGENT_LIST, lambda: database.agents(active_only)) or b"[]")

    @router.get("/name/{name}")
    async def named(name: str) -> Response:
        raw = await cache.read(cache.agent(name), AGENT, lambda: database.agent(name, "name"))
        return _json(raw) if raw else missing

    @router.get("/{agent}")
    async def one(agent: str) -> Response:
        raw = await cache.read(cache.agent(agent), AGENT, lambda: database.agent(agent)) if _is_uuid(agent) else None
        return _json(raw) if raw else missing

    @router.post("/{agent}/invoke")
    async def invoke(agent: str, request: Request) -> Response:
        found = await database.agent(agent) if _is_uuid(agent) else None
        if found is None:
            return missing
        body = await _body(request)
        text = await agents.complete(found, str(body.get("message", "")))
        facts = {"model": found["config"]["model"], "characters": len(text)}
        return JSONResponse({"agent_id": agent, "agent_name": found["name"], "response": text, "metadata": facts})

    async def switch(agent: str, active: bool) -> Response:
        row = await database.activate(agent, active, answers.writes_always) if _is_uuid(agent) else None
        if row is None:
            return missing
        lists = (cache.agent_list(True), cache.agent_list(False))
        await cache.forget(cache.agent(agent), cache.agent(row["name"]), *lists)
        return JSONResponse(row)

    @router.patch("/{agent}/activate")
    async def activate(agent: str) -> Response:
        return await switch(agent, True)

    @router.patch("/{agent}/deactivate")
    async def deactivate(agent: str) -> Response:
        return await switch(agent, False)

    @router.get("/{agent}/dm-channel")
    async def direct(agent: str) -> Response:
        found = await database.agent(agent) if _is_uuid(agent) else None
        return JSONResponse(await chat.direct_channel(found)) if found else missing

    return router


def channels_router(database: Database, cache: Cache, sockets: Sockets, answers: DialectAnswers) -> APIRouter:
    """The calls below `/api/channels`."""
    router = APIRouter(prefix="/api/channels")
    missing = answers.refuse(404, "Channel not found")

    @router.get("")
    async def listed() -> Response:
        return _json(await cache.read(cache.channel_list(), CHANNEL, database.channels) or b"[]")

    @router.post("")
    async def create(request: Request) -> Response:
        body = await _body(request)
        name = str(body.get("name", "")).strip()
        if not 1 <= len(name) <= 100:
            return answers.refuse(422, "name: 1 to 100 characters")
        row = await database.add_channel(name, body.get("topic"), str(body.get("channel_type") or "public"))
        if row is None:
            return answers.refuse(400, f"Channel '{name}' already exists")
        await cache.forget(cache.channel_list())
        return JSONResponse(row, answers.created)

    @router.get("/{channel}")
    async def one(channel: str) -> Response:
        known = _is_uuid(channel)
        raw = await cache.read(cache.channel(channel), CHANNEL, lambda: database.channel(channel)) if known else None
        return _json(raw) if raw else missing

    @router.get("/{channel}/messages")
    async def messages(channel: str, limit: int = 100, offset: int = 0) -> Response:
        if not _is_uuid(channel):
            return missing
        page = await database.messages(channel, max(1, min(limit, _MOST_MESSAGES)), max(0, offset))
        return JSONResponse(page)

    @router.delete("/{channel}")
    async def archive(channel: str) -> Response:
        row = await database.archive(channel) if _is_uuid(channel) else None
        if row is None:
            return missing
        await cache.forget(cache.channel(channel), cache.channel_list())
        return JSONResponse({"message": "Channel archived", "id": channel})

    @router.post("/{channel}/clear")
    async def clear(channel: str) -> Response:
        row = await database.clear(channel) if _is_uuid(channel) else None
        if row is None:
            return missing
        await cache.forget(cache.channel(channel))
        await sockets.emit("context_cleared", {"channel_id": channel}, channel)
        return JSONResponse({"message": "Context cleared", "id": channel})

    return router


def about_router(options: TargetOptions, database: Database, cache: Cache, sockets: Sockets) -> APIRouter:
    """The calls for health, statistics, configuration, and the figures that the backend reports about itself."""
    router = APIRouter()
    generation = options.generation

    @router.get(generation.speaks.paths.health)
    async def healthy() -> Response:
        if not generation.reports_servers:
            return JSONResponse({"status": "healthy", "service": "reznet-load target"})
        redis, postgres = await cache.connected(), await database.alive()
        status = "unhealthy" if not postgres else "ok" if redis else "degraded"
        return JSONResponse({"status": status, "postgres": postgres, "redis": redis}, 200 if postgres else 503)

    page = TargetMetrics(cache, sockets)

    @router.get("/metrics")
    async def metrics() -> Response:
        return Response(page.text(), media_type="text/plain; version=0.0.4")

    @router.get("/api/stats")
    async def stats() -> Response:
        return JSONResponse(await database.counts() | {"active_connections": sockets.count})

    @router.get("/api/llm-config")
    async def provider() -> Response:
        providers = {
            name: {"available": True, "configured": True, "default_model": model} for name, model in MODELS.items()
        }
        note = "The provider is chosen by DEFAULT_LLM_PROVIDER"
        return JSONResponse({"current_provider": options.provider, "providers": providers, "note": note})

    @router.get("/api/tasks")
    async def tasks() -> Response:
        return JSONResponse(await database.rows("SELECT * FROM tasks ORDER BY created_at LIMIT 100"))

    @router.get("/api/workflows")
    async def workflows() -> Response:
        return JSONResponse(await database.rows("SELECT * FROM workflows ORDER BY created_at LIMIT 100"))

    if generation.counts:
        _add_performance(router, database, cache, sockets)
    return router


def _add_performance(router: APIRouter, database: Database, cache: Cache, sockets: Sockets) -> None:
    @router.get("/api/performance/cache")
    async def caching() -> Response:
        return JSONResponse({"cache_metrics": await cache.report()})

    @router.get("/api/performance/websocket")
    async def websocket() -> Response:
        saved = sockets.writer.saved.report()
        return JSONResponse({"websocket_metrics": saved, "active_connections": sockets.count})

    @router.get("/api/performance/database")
    async def pool() -> Response:
        indexes = await database.rows("SELECT indexrelname AS name, idx_scan AS scans FROM pg_stat_user_indexes")
        return JSONResponse({"pool": database.pool.get_stats(), "indexes": indexes})


async def _body(request: Request) -> dict[str, Any]:
    try:
        body = await request.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
