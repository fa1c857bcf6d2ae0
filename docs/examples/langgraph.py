"""A dialect of one's own: LangGraph's server, as `reznet-load try --dialect docs/examples/langgraph.py` takes it.

A dialect names what to send and what an event means; it has no sockets and no clock. `DIALECT` is what is looked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from reznet_load.chat.dialect import Conversation, Error, Event, OwnQuestion, Taken, TextDelta, Tool, TurnEvent, Whole
from reznet_load.chat.streamed import said_in
from reznet_load.dialects.common import Asked, Backend


@dataclass(frozen=True)
class LangGraph(Backend):
    """Runs without a thread: the whole conversation is sent each time. A reply ends with its body, so `needs_end` is False."""

    def access(self, key: str) -> dict[str, str]:
        return {"x-api-key": key} if key else {}

    def ask(self, conversation: Conversation, text: str) -> Asked:
        messages = conversation.messages(text)
        body = {"assistant_id": conversation.model or "agent", "input": {"messages": messages}}
        # A run goes on when its reader leaves, unless the question says otherwise.
        return self.post(conversation, text, body | {"stream_mode": "messages-tuple", "on_disconnect": "cancel"})

    def read(self, own: OwnQuestion, event: Event) -> Sequence[TurnEvent]:
        data = event.data
        match event.name:
            case "metadata":
                return (Taken(str(data.get("run_id", ""))),)
            case "messages":  # [a piece of a message, what is known of it]
                return _piece(data[0])
            case "messages/partial":  # whole messages so far
                return (Whole(str(data[-1].get("content", ""))),) if data[-1].get("type") == "ai" else ()
            case "error":
                return (Error(said_in(data.get("message") or data)),)
        return ()


def _piece(message: dict[str, Any]) -> Sequence[TurnEvent]:
    if message.get("type") not in ("AIMessageChunk", "ai"):
        return ()
    called = message.get("tool_call_chunks") or message.get("tool_calls") or []  # whole where the model does not stream
    calls = [Tool(str(call["name"])) for call in called if call.get("name")]
    text = message.get("content")
    return (*calls, TextDelta(text)) if isinstance(text, str) else calls


DIALECT = LangGraph("langgraph", "LangGraph server", "/runs/stream", needs_end=False)
