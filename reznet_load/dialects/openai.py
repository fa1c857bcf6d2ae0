"""OpenAI's APIs, as gateways offer them (LiteLLM, MLflow, Portkey, vLLM, …): Chat Completions and Responses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from reznet_load.chat.dialect import Conversation, End, Event, OwnQuestion, PageCall
from reznet_load.dialects.common import REASONING, TOKENS, TOOLS, Asked, Backend, Get, Said
from reznet_load.dialects.openai_events import completion, response


@dataclass(frozen=True)
class OpenAI(Backend):
    """`path` is where questions are posted; `responses`: is it the Responses API?"""

    responses: bool = False

    def recognised(self, get: Get) -> bool:
        """The backend lists its models, or refuses to without a key. LiteLLM without a database answers 500: ask its health."""
        if self.responses:
            return False
        status, body = get("/v1/models")
        if isinstance(body, dict) and (
            isinstance(body.get("data"), list) or (status in (401, 403) and "error" in body)
        ):
            return True
        return bool(get("/health/liveliness")[1] == "I'm alive!")

    def ask(self, conversation: Conversation, text: str) -> Asked:
        """Sends the whole conversation with each question, because the backend keeps none of it."""
        body: dict[str, Any] = {"model": conversation.model, "stream": True}
        if self.responses:
            body["input"] = conversation.messages(text)
        else:
            body |= {"messages": conversation.messages(text), "stream_options": {"include_usage": True}}
        return self.post(conversation, text, body)

    def read(self, own: OwnQuestion, event: Event) -> Said:
        """Reads the events and the whole answers of both APIs."""
        data = event.data
        if data == "[DONE]":
            return (End(),)
        if not isinstance(data, dict):
            return ()
        kind = data.get("type")
        return response(kind, data) if isinstance(kind, str) else completion(data)


_SEES = (REASONING, TOOLS, TOKENS)
_NEEDS = ("model", "key")
_MODELS = (PageCall("/v1/models", 2.0),)
CHAT = OpenAI(
    "openai",
    "OpenAI Chat Completions",
    "/v1/chat/completions",
    tokens_alike=True,
    needs=_NEEDS,
    sees=_SEES,
    browse=_MODELS,
)
RESPONSES = OpenAI(
    "openai-responses",
    "OpenAI Responses",
    "/v1/responses",
    tokens_alike=True,
    needs=_NEEDS,
    sees=_SEES,
    browse=_MODELS,
    responses=True,
)
