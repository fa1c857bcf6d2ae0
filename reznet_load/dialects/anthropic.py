"""Anthropic's Messages API, direct or through a gateway."""

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

_VERSION = "2023-06-01"
_MOST_TOKENS = 1024  # tokens of a reply: the API requires a limit


@dataclass(frozen=True)
class Anthropic(Backend):
    """The Messages API with server-sent events."""

    def recognised(self, get: Get) -> bool:
        """Without a key, the list of models is refused by an error with `type: error`, which OpenAI's errors do not have."""
        status, body = get("/v1/models")
        return status in (401, 403) and isinstance(body, dict) and body.get("type") == "error"

    def access(self, key: str) -> dict[str, str]:
        """The version of the API and, if there is one, the key."""
        return {"anthropic-version": _VERSION} | ({"x-api-key": key} if key else {})

    def ask(self, conversation: Conversation, text: str) -> Asked:
        """Sends the whole conversation with each question, because the backend keeps none of it."""
        body = {"model": conversation.model, "max_tokens": _MOST_TOKENS, "stream": True}
        return self.post(conversation, text, body | {"messages": conversation.messages(text)})

    def read(self, own: OwnQuestion, event: Event) -> Said:
        """Reads events by their `type`, and the whole message if the reply is not streamed."""
        data = event.data
        match data.get("type") if isinstance(data, dict) else None:
            case "message_start":
                message = data.get("message") or {}
                return Taken(str(message.get("id", ""))), Usage(0, _asked(message.get("usage") or {}))
            case "content_block_start" if data.get("content_block", {}).get("type") == "tool_use":
                return (Tool(str(data["content_block"].get("name", ""))),)
            case "content_block_delta":
                return _delta(data.get("delta") or {})
            case "message_delta":
                return (_usage(data),)
            case "message_stop":
                return (End(),)
            case "error":
                return (Error(said_in(data)),)
            case "message":
                text = "".join(str(block.get("text", "")) for block in data.get("content") or [])
                return Whole(text), _usage(data), End(str(data.get("stop_reason") or ""))
        return ()


def _usage(data: dict[str, Any]) -> Usage:
    usage = data.get("usage") or {}
    return Usage(int(usage.get("output_tokens") or 0), _asked(usage))


def _asked(usage: dict[str, Any]) -> int:
    """Tokens that were sent, including those from the provider's cache: prices.toml has no discounts for them."""
    names = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
    return sum(int(usage.get(name) or 0) for name in names)


def _delta(delta: dict[str, Any]) -> Said:
    match delta.get("type"):
        case "text_delta":
            return (TextDelta(str(delta.get("text", ""))),)
        case "thinking_delta":
            return (Thinking(str(delta.get("thinking", ""))),)
    return ()


MESSAGES = Anthropic(
    "anthropic",
    "Anthropic Messages",
    "/v1/messages",
    tokens_alike=True,
    needs=("model", "key"),
    sees=(REASONING, TOOLS, TOKENS),
    browse=(PageCall("/v1/models", 2.0),),
)
