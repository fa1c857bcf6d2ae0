"""pydantic-ai behind AG-UI (`/agui`) and the Vercel UI stream (`/api/chat`): 40 tokens, BOOM, MID, TOOL by the question."""

from __future__ import annotations

import asyncio
import sys
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
from starlette.responses import Response
from starlette.routing import Route

WORDS = ("alpha ", "beta ", "gamma ", "delta ")


async def stream(messages: list[ModelMessage], info: AgentInfo) -> AsyncIterator[Any]:
    """As the question wants it."""
    asked = str([part.content for message in messages for part in message.parts if part.part_kind == "user-prompt"][-1])
    answered = any(isinstance(part, ToolReturnPart) for message in messages for part in message.parts)
    if "BOOM" in asked:
        raise RuntimeError("model broke at once")
    if "TOOL" in asked and not answered:
        yield {0: DeltaToolCall(name="get_weather", json_args='{"city":"Paris"}', tool_call_id="call_1")}
        return
    for number in range(40):
        if "MID" in asked and number == 20:
            raise RuntimeError("model broke in the middle")
        yield WORDS[number % 4]
        await asyncio.sleep(0.005)


agent = Agent(FunctionModel(stream_function=stream))


@agent.tool_plain
def get_weather(city: str) -> str:
    """Of a city."""
    return f"sunny in {city}"


async def agui(request: Request) -> Response:
    """AG-UI."""
    return await AGUIAdapter.dispatch_request(request, agent=agent)


async def vercel(request: Request) -> Response:
    """The UI message stream."""
    return await VercelAIAdapter.dispatch_request(request, agent=agent)


routes = [Route("/agui", agui, methods=["POST"]), Route("/api/chat", vercel, methods=["POST"])]
uvicorn.run(Starlette(routes=routes), host="127.0.0.1", port=int(sys.argv[1]), log_level="error")
