"""Chainlit 2: Socket.IO with one session a socket.

The events of a question are found step by step: its id is the parent of a run, the run is the parent of messages, and
tokens name their message.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

from reznet_load.chat.dialect import (
    Conversation,
    Emit,
    End,
    Error,
    Event,
    OwnQuestion,
    PageCall,
    Taken,
    TextDelta,
    Tool,
    Whole,
)
from reznet_load.dialects.chainlit_login import ChainlitLogin
from reznet_load.dialects.common import TOOLS, Said
from reznet_load.protocols.packets import event


@dataclass(slots=True)
class ChainlitOwn(OwnQuestion):
    """A question. `reply` is the id of its run, `steps` are the ids of all steps in the run, `messages` those with text."""

    steps: set[str] = field(default_factory=set)
    messages: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Chainlit(ChainlitLogin):
    """Users sign in by cookie only. The server sends nothing to a session before `connection_successful`."""

    socket_path: str = "/ws/socket.io/"
    hello: bytes = event("connection_successful")  # no argument: with the argument None the server fails silently
    farewell: bytes = event("clear_session")  # without it the server keeps the session for an hour

    def ask(self, conversation: Conversation, text: str) -> tuple[Emit, OwnQuestion]:
        """Sends only the question: the session keeps the conversation. The question's id must be a UUID."""
        own = ChainlitOwn(conversation.id, text, message=str(uuid.uuid4()))
        message = {
            "id": own.message,
            "name": "user",
            "type": "user_message",
            "output": text,
            "createdAt": "",
            "threadId": "",
        }
        return Emit("client_message", {"message": message, "fileReferences": []}), own

    def stop(self, own: OwnQuestion) -> Emit:
        """The event that stops the session's only reply; the server then updates the run."""
        return Emit("stop")

    def read(self, own: OwnQuestion, event: Event) -> Said:
        """Reads the steps of the run. The reply ends when the run is updated, not when a message ends."""
        assert isinstance(own, ChainlitOwn)
        data = event.data if isinstance(event.data, dict) else {}
        match event.name:
            case "new_message" | "stream_start":
                return _begun(own, data)
            case "stream_token" if str(data.get("id")) in own.messages and not data.get("isInput"):
                token = str(data.get("token", ""))
                return (Whole(token),) if data.get("isSequence") else (TextDelta(token),)
            case "update_message" if own.reply and data.get("id") == own.reply:
                return (Error(str(data.get("output") or "stopped")),) if data.get("isError") else (End(),)
        return ()


def _begun(own: ChainlitOwn, data: dict[str, Any]) -> Said:
    id, parent, kind, text = (str(data.get(key) or "") for key in ("id", "parentId", "type", "output"))
    if kind == "run" and parent == own.message:
        own.reply = id
        return (Taken(id),)
    if not parent and data.get("isError") and not own.reply:  # an error that names no question
        return (Error(text),)
    if not own.reply or parent not in own.steps | {own.reply}:
        return ()
    own.steps.add(id)
    if kind != "assistant_message":
        return (Tool(str(data.get("name", ""))),) if kind == "tool" else ()
    own.messages.add(id)
    return (Error(text),) if data.get("isError") else (TextDelta(text),)


SESSION = Chainlit(
    "chainlit", "Chainlit 2", path="", sees=(TOOLS,), browse=(PageCall("/project/settings?language=en-US", 2.0),)
)
