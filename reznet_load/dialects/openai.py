"""OpenAI's API as gateways speak it: Chat Completions, and Responses as a second table (LiteLLM, MLflow, Portkey, vLLM, …)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from reznet_load.chat.dialect import (
    Conversation,
    End,
    Error,
    Event,
    OwnQuestion,
    PageCall,
    Taken,
    TextDelta,
    Thinking,
    Tool,
    Usage,
    Whole,
)
from reznet_load.chat.streamed import said_in
from reznet_load.dialects.common import REASONING, TOKENS, TOOLS, Asked, Backend, Get, Said

_COUNTED = (("completion_tokens", "output_tokens"), ("prompt_tokens", "input_tokens"))


@dataclass(frozen=True)
class OpenAI(Backend):
    """`path` is where a question is posted; `responses`: by the Responses API."""

    responses: bool = False

    def recognised(self, get: Get) -> bool:
        """A list of models is there, or is refused because there is no key; LiteLLM without a database answers that by a 500."""
        if self.responses:
            return False
        status, body = get("/v1/models")
        if isinstance(body, dict) and (
            isinstance(body.get("data"), list) or (status in (401, 403) and "error" in body)
        ):
            return True
        return bool(get("/health/liveliness")[1] == "I'm alive!")

    def ask(self, conversation: Conversation, text: str) -> Asked:
        """The whole conversation each time: the backend keeps none of it."""
        body: dict[str, Any] = {"model": conversation.model, "stream": True}
        if self.responses:
            body["input"] = conversation.messages(text)
        else:
            body |= {"messages": conversation.messages(text), "stream_options": {"include_usage": True}}
        return self.post(conversation, text, body)

    def read(self, own: OwnQuestion, event: Event) -> Said:
        """Events of either table, and whole answers of both."""
        data = event.data
        if data == "[DONE]":
            return (End(),)
        if not isinstance(data, dict):
            return ()
        kind = data.get("type")
        return _response(kind, data) if isinstance(kind, str) else _completion(data)


def _completion(data: dict[str, Any]) -> Said:
    if data.get("error"):
        return (Error(said_in(data)),)
    found: list[Any] = []
    if isinstance(usage := data.get("usage"), dict):
        found.append(_usage(usage))
    if isinstance(output := data.get("output"), list):  # a whole answer of the Responses API
        return [*found, Whole(_texts(output)), End(str(data.get("status", "")))]
    for choice in (data.get("choices") or [])[:1]:
        delta = choice.get("delta") or choice.get("message") or {}
        if len(delta) == 1 and not choice.get("finish_reason") and isinstance(text := delta.get("content"), str):
            return (*found, TextDelta(text))  # a token, and nothing else
        if reasoning := delta.get("reasoning_content") or delta.get("reasoning"):
            found.append(Thinking(str(reasoning)))
        calls = [call.get("function") or {} for call in delta.get("tool_calls") or []]
        found += [Tool(str(call["name"])) for call in calls if call.get("name")]
        if isinstance(text := delta.get("content"), str) and text:
            found.append(TextDelta(text))
        if choice.get("finish_reason"):
            found.append(End(str(choice["finish_reason"])))
    return found


def _response(kind: str, data: dict[str, Any]) -> Said:
    match kind:
        case "response.created":
            return (Taken(),)
        case "response.output_text.delta":
            return (TextDelta(str(data.get("delta", ""))),)
        case "response.reasoning_text.delta" | "response.reasoning_summary_text.delta":
            return (Thinking(str(data.get("delta", ""))),)
        case "response.output_item.added" if data.get("item", {}).get("type") == "function_call":
            return (Tool(str(data["item"].get("name", ""))),)
        case "response.completed" | "response.incomplete":
            usage = data.get("response", {}).get("usage") or {}
            return _usage(usage), End(kind.removeprefix("response."))
        case "response.failed" | "error":
            return (Error(said_in(data.get("response", data))),)
    return ()


def _usage(usage: dict[str, Any]) -> Usage:
    """By the names of either table."""
    answered, asked = (usage.get(one) or usage.get(other) or 0 for one, other in _COUNTED)
    return Usage(int(answered), int(asked))


def _texts(output: list[Any]) -> str:
    parts = [part for item in output if isinstance(item, dict) for part in item.get("content") or []]
    return "".join(str(part.get("text", "")) for part in parts if part.get("type") == "output_text")


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
