"""What the events of OpenAI's two APIs mean: Chat Completions and Responses."""

from __future__ import annotations

from typing import Any

from reznet_load.chat.dialect import End, Error, Taken, TextDelta, Thinking, Tool, Usage, Whole
from reznet_load.chat.streamed import said_in
from reznet_load.dialects.common import Said

# Fields of `usage`, by Chat Completions and by Responses: tokens of the reply, tokens that were sent.
_COUNTED = (("completion_tokens", "output_tokens"), ("prompt_tokens", "input_tokens"))


def completion(data: dict[str, Any]) -> Said:
    """What one event of Chat Completions means, or a whole answer of either API."""
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
            return (*found, TextDelta(text))  # most events hold one token and nothing else
        if reasoning := delta.get("reasoning_content") or delta.get("reasoning"):
            found.append(Thinking(str(reasoning)))
        calls = [call.get("function") or {} for call in delta.get("tool_calls") or []]
        found += [Tool(str(call["name"])) for call in calls if call.get("name")]
        if isinstance(text := delta.get("content"), str) and text:
            found.append(TextDelta(text))
        if choice.get("finish_reason"):
            found.append(End(str(choice["finish_reason"])))
    return found


def response(kind: str, data: dict[str, Any]) -> Said:
    """What an event of the Responses API means; `kind` is its `type`."""
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
    """The token counts in `usage`, with the field names of either API."""
    answered, asked = (usage.get(one) or usage.get(other) or 0 for one, other in _COUNTED)
    return Usage(int(answered), int(asked))


def _texts(output: list[Any]) -> str:
    parts = [part for item in output if isinstance(item, dict) for part in item.get("content") or []]
    return "".join(str(part.get("text", "")) for part in parts if part.get("type") == "output_text")
