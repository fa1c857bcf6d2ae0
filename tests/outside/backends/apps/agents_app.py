"""pydantic-ai behind AG-UI (`/agui`) and the Vercel UI stream (`/api/chat`): 40 tokens at known times.

REFUSED, BOOM, MID, TOOL and COUNT n by the question. `GET /counts` says how many questions came, and how they ended.
"""

from __future__ import annotations

import asyncio
import re
import sys
import time
from collections.abc import AsyncIterator
from typing import Any

import uvicorn
from pydantic_ai import Agent
from pydantic_ai.messages import ModelMessage, ToolReturnPart
from pydantic_ai.models.function import AgentInfo, DeltaToolCall, FunctionModel
from pydantic_ai.ui.ag_ui import AGUIAdapter
from pydantic_ai.ui.vercel_ai import VercelAIAdapter
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

FIRST, GAP = 0.15, 0.02  # seconds
WORDS = ("alpha ", "beta ", "gamma ", "delta ")
counts = {"asked": 0, "ended": 0, "left": 0}


async def stream(messages: list[ModelMessage], info: AgentInfo) -> AsyncIterator[Any]:
    """As the question wants it; one that its reader left is cancelled."""
    asked = str([part.content for message in messages for part in message.parts if part.part_kind == "user-prompt"][-1])
    if "BOOM" in asked:
        raise RuntimeError("model broke at once")
    # Only of this question: the history has tools of others.
    if "TOOL" in asked and not any(isinstance(part, ToolReturnPart) for part in messages[-1].parts):
        yield {0: DeltaToolCall(name="get_weather", json_args='{"city":"Paris"}', tool_call_id="call_1")}
        return
    try:
        async for token in tokens(asked):
            yield token
    except (asyncio.CancelledError, GeneratorExit):
        counts["left"] += 1
        raise
    counts["ended"] += 1


async def tokens(asked: str) -> AsyncIterator[str]:
    """Each is due on the reply's own clock, so that lateness does not add up."""
    found = re.search(r"COUNT (\d+)", asked)
    due = time.perf_counter() + FIRST
    for number in range(int(found[1]) if found else 40):
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        due += GAP
        if "MID" in asked and number == 20:
            raise RuntimeError("model broke in the middle")
        yield WORDS[number % 4]


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
