"""AG-UI, the protocol between agents and user interfaces, as pydantic-ai, LangGraph, CrewAI and others offer it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from reznet_load.chat.dialect import Conversation, End, Error, Event, OwnQuestion, Taken, TextDelta, Thinking, Usage
from reznet_load.dialects.common import REASONING, TOKENS, TOOLS, Asked, Backend, Said


@dataclass(frozen=True)
class AgUi(Backend):
    """`path` is the agent's route; each application chooses its own."""

    def ask(self, conversation: Conversation, text: str) -> Asked:
        """Starts a run of the agent with the whole conversation."""
        conversation.id = conversation.id or str(uuid.uuid4())
        messages = [{"id": str(uuid.uuid4())} | one for one in conversation.messages(text)]
        body = {
            "threadId": conversation.id,
            "runId": str(uuid.uuid4()),
            "state": {},
            "messages": messages,
            "tools": [],
            "context": [],
            "forwardedProps": {},
        }
        return self.post(conversation, text, body)

    def read(self, own: OwnQuestion, event: Event) -> Said:
        """Reads events by their `type`."""
        data = event.data
        match data.get("type") if isinstance(data, dict) else None:
            case "RUN_STARTED":
                return (Taken(str(data.get("runId", ""))),)
            case "TEXT_MESSAGE_CONTENT" | "TEXT_MESSAGE_CHUNK":
                return (TextDelta(str(data.get("delta") or "")),)
            case "REASONING_MESSAGE_CONTENT" | "REASONING_MESSAGE_CHUNK" | "THINKING_TEXT_MESSAGE_CONTENT":
                return (Thinking(str(data.get("delta") or "")),)
            case "TOOL_CALL_START" | "TOOL_CALL_CHUNK" if data.get("toolCallName"):  # later chunks have no name
                return own.tool(str(data.get("toolCallId", "")), str(data["toolCallName"]))
            case "RUN_ERROR":
                return (Error(str(data.get("message", ""))),)
            case "RUN_FINISHED":
                return _finished(data)
        return ()


def _finished(data: dict[str, Any]) -> Said:
    """The end of a run and its token counts, or an error if the run was cancelled (AG-UI 1.0)."""
    outcome, usage = data.get("outcome"), data.get("usage")
    if isinstance(outcome, dict) and outcome.get("type") == "cancelled":
        return (Error("the backend stopped the run"),)
    counted = [one.get("outputTokens") for one in usage if isinstance(one, dict)] if isinstance(usage, list) else []
    tokens = sum(one for one in counted if isinstance(one, int))
    return (Usage(tokens), End()) if tokens else (End(),)


AGENT = AgUi("ag-ui", "AG-UI", needs=("path",), tokens_alike=True, sees=(REASONING, TOOLS, TOKENS))
