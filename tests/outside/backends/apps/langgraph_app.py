"""A graph of one model node for LangGraph's server: 40 tokens at known times; BOOM, MID and COUNT n by the question.

`GET /counts` says how many questions came to the model, and how they ended.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langgraph.graph import START, MessagesState, StateGraph
from simulated_model import counts, end_counted, tokens
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route


class Simulated(BaseChatModel):
    """Streams as the question wants it."""

    @property
    def _llm_type(self) -> str:
        return "simulated"

    def _generate(self, messages: list[BaseMessage], *_: Any, **__: Any) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=AIMessage("whole"))])

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **_: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        asked = str(messages[-1].content)
        counts["asked"] += 1
        if "BOOM" in asked:
            raise RuntimeError("model broke at once")
        with end_counted():
            async for token in tokens(asked):
                chunk = ChatGenerationChunk(message=AIMessageChunk(content=token))
                if run_manager:
                    await run_manager.on_llm_new_token(chunk.text, chunk=chunk)
                yield chunk


async def chat(state: MessagesState) -> dict[str, Any]:
    """The model's answer to all that was said."""
    return {"messages": [await Simulated().ainvoke(state["messages"])]}


graph = StateGraph(MessagesState).add_node("chat", chat).add_edge(START, "chat").compile()


async def counted(_: Request) -> JSONResponse:
    """What came so far."""
    return JSONResponse(counts)


app = Starlette(routes=[Route("/counts", counted)])  # next to the server's own routes
