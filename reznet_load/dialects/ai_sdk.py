"""Vercel's AI SDK: the UI message stream of `ai` 5 and 6, and of backends that serve its `useChat` (pydantic-ai)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from reznet_load.chat.dialect import Conversation, End, Error, Event, OwnQuestion, Taken, TextDelta, Thinking
from reznet_load.dialects.common import REASONING, TOOLS, Asked, Backend, Said


@dataclass(frozen=True)
class AiSdk(Backend):
    """`path` is the chat's route; each application may choose its own."""

    def ask(self, conversation: Conversation, text: str) -> Asked:
        """Sends the whole conversation as UI messages."""
        conversation.id = conversation.id or str(uuid.uuid4())
        messages = [
            {"id": str(uuid.uuid4()), "role": one["role"], "parts": [{"type": "text", "text": one["content"]}]}
            for one in conversation.messages(text)
        ]
        body = {"trigger": "submit-message", "id": conversation.id, "messages": messages}
        return self.post(conversation, text, body)

    def read(self, own: OwnQuestion, event: Event) -> Said:
        """Reads parts by their `type`. `finish` and [DONE] also come after an error."""
        data = event.data
        if data == "[DONE]":
            return (End(),)
        match data.get("type") if isinstance(data, dict) else None:
            case "start":
                return (Taken(str(data.get("messageId", ""))),)
            case "text-delta":
                return (TextDelta(str(data.get("delta", ""))),)
            case "reasoning-delta":
                return (Thinking(str(data.get("delta", ""))),)
            # A call sends `start` and `available` or `error`; without `start` if its input is not streamed.
            case "tool-input-start" | "tool-input-available" | "tool-input-error":
                return own.tool(str(data.get("toolCallId", "")), str(data.get("toolName", "")))
            case "error":
                return (Error(str(data.get("errorText", ""))),)
            case "abort":
                return (Error("the backend stopped the reply"),)
            case "finish" if data.get("finishReason") in ("error", "interrupted"):
                return (Error(f"the backend ended the reply with {data['finishReason']!r}"),)
            case "finish":
                return (End(str(data.get("finishReason", ""))),)
        return ()


UI_STREAM = AiSdk(
    "ai-sdk",
    "Vercel AI SDK, UI message stream",
    "/api/chat",
    needs=("path",),
    tokens_alike=True,
    sees=(REASONING, TOOLS),
)
