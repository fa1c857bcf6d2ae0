"""A graph of one model node for LangGraph's server: 40 tokens; BOOM and MID by the question."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langgraph.graph import START, MessagesState, StateGraph

WORDS = ("alpha ", "beta ", "gamma ", "delta ")


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
        if "BOOM" in asked:
            raise RuntimeError("model broke at once")
        for number in range(40):
            if "MID" in asked and number == 20:
                raise RuntimeError("model broke in the middle")
            chunk = ChatGenerationChunk(message=AIMessageChunk(content=WORDS[number % 4]))
            if run_manager:
                await run_manager.on_llm_new_token(chunk.text, chunk=chunk)
            yield chunk
            await asyncio.sleep(0.005)


async def chat(state: MessagesState) -> dict[str, Any]:
    """The model's answer to all that was said."""
    return {"messages": [await Simulated().ainvoke(state["messages"])]}


graph = StateGraph(MessagesState).add_node("chat", chat).add_edge(START, "chat").compile()
