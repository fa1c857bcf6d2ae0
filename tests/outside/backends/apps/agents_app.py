"""pydantic-ai behind AG-UI (`/agui`) and the Vercel UI stream (`/api/chat`): 40 tokens at known times.

REFUSED, BOOM, MID, TOOL and COUNT n by the question. `GET /counts` says how many questions came, and how they ended.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from typing import Any

import uvicorn
from pydantic_ai import Agent
from pydantic_ai.messages import ModelMessage, ToolReturnPart
from pydantic_ai.models.function import AgentInfo, DeltaToolCall, FunctionModel
from pydantic_ai.ui.ag_ui import AGUIAdapter
from pydantic_ai.ui.vercel_ai import VercelAIAdapter
from simulated_model import counts, end_counted, tokens
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


async def stream(messages: list[ModelMessage], info: AgentInfo) -> AsyncIterator[Any]:
    """As the question wants it; one that its reader left is cancelled."""
    asked = str([part.content for message in messages for part in message.parts if part.part_kind == "user-prompt"][-1])
    if "BOOM" in asked:
        raise RuntimeError("model broke at once")
    # Only of this question: the history has tools of others.
    if "TOOL" in asked and not any(isinstance(part, ToolReturnPart) for part in messages[-1].parts):
        yield {0: DeltaToolCall(name="get_weather", json_args='{"city":"Paris"}', tool_call_id="call_1")}
        return
    with end_counted():
        async for token in tokens(asked):
            yield token


agent = Agent(FunctionModel(stream_function=stream))


@agent.tool_plain
def get_weather(city: str) -> str:
    """Of a city."""
    return f"sunny in {city}"


async def answered(adapter: Any, request: Request) -> Response:
    """By one of the two adapters."""
    if b"REFUSED" in await request.body():
        return JSONResponse({"detail": "too many questions"}, 429, {"retry-after": "1"})
    counts["asked"] += 1
    return await adapter.dispatch_request(request, agent=agent)


async def agui(request: Request) -> Response:
    """AG-UI."""
    return await answered(AGUIAdapter, request)


async def vercel(request: Request) -> Response:
    """The UI message stream."""
    return await answered(VercelAIAdapter, request)


async def counted(_: Request) -> Response:
    """What came so far."""
    return JSONResponse(counts)


routes = [
    Route("/agui", agui, methods=["POST"]),
    Route("/api/chat", vercel, methods=["POST"]),
    Route("/counts", counted),
]
uvicorn.run(Starlette(routes=routes), host="127.0.0.1", port=int(sys.argv[1]), log_level="error")
