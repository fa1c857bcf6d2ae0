"""Open WebUI 0.12, and the replies of 0.6: questions go over HTTP, and the reply comes as events on the user's socket."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from reznet_load.chat.dialect import Conversation, End, Error, Event, OwnQuestion, PageCall, Request, Taken, Whole
from reznet_load.chat.streamed import refusal, said_in
from reznet_load.dialects import openai
from reznet_load.dialects.common import ACCOUNT_A_USER, REASONING, TOKENS, TOOLS, Said
from reznet_load.dialects.open_webui_accounts import OpenWebUiAccounts
from reznet_load.protocols.packets import event


@dataclass(slots=True)
class OpenWebUiOwn(OwnQuestion):
    """A question; `task` is the backend's id of its work on the reply, by which the reply is stopped."""

    task: str = ""


@dataclass(frozen=True)
class OpenWebUi(OpenWebUiAccounts):
    """Every socket of an account receives all replies of that account, so each user needs an account of its own."""

    socket_path: str = "/ws/socket.io/"
    heartbeat: bytes = event("heartbeat", {})  # the server treats users that send nothing for 120 s as gone

    def ask(self, conversation: Conversation, text: str) -> tuple[Request, OwnQuestion]:
        """Asks in a chat that is not saved (`local:`), and chooses the ids of the question and of the reply.

        Background tasks (titles, tags) are switched off, because each of them would ask the provider again.
        """
        if not conversation.id.startswith("local:"):
            conversation.id = f"local:{conversation.id or uuid.uuid4()}"
        own = OpenWebUiOwn(
            conversation.id,
            text,
            sent=conversation.characters(text),
            message=str(uuid.uuid4()),
            reply=str(uuid.uuid4()),
        )
        body = {
            "stream": True, "model": conversation.model, "messages": conversation.messages(text), "params": {},
            "tool_servers": [], "features": {}, "variables": {}, "session_id": conversation.id, "chat_id": conversation.id,
            "id": own.reply, "parent_id": None, "background_tasks": {},
            "user_message": {"id": own.message, "role": "user", "content": text, "parentId": None, "childrenIds": []},
        }  # fmt: skip
        return Request("POST", self.path, body), own

    def answered(self, own: OwnQuestion, status: int, body: Any) -> Said:
        """What the HTTP answer to a question means: the backend works on it as a task, or refuses the question."""
        if status >= 300 or not isinstance(body, dict) or not body.get("status"):
            return (refusal(status, body),)
        task = str(next(iter(body.get("task_ids") or [body.get("task_id", "")])))
        if isinstance(own, OpenWebUiOwn):
            own.task = task
        return (Taken(task),)

    def stop(self, own: OwnQuestion) -> Request | None:
        """The call that stops the task of the reply; None: the backend has not named a task yet."""
        task = own.task if isinstance(own, OpenWebUiOwn) else ""
        return Request("POST", f"/api/tasks/stop/{quote(task, safe='')}") if task else None

    def concerns(self, own: OwnQuestion, event: Event) -> bool:
        """Does `event` name this reply or its question?"""
        return isinstance(event.data, dict) and event.data.get("message_id") in (own.reply, own.message)

    def read(self, own: OwnQuestion, event: Event) -> Said:
        """Reads tokens in the form of OpenAI's APIs. The reply is over with `done`, which also comes after an error."""
        outer = event.data if isinstance(event.data, dict) else {}
        inner = outer.get("data")
        if event.name != "events" or outer.get("message_id") != own.reply or not isinstance(inner, dict):
            return ()
        held = inner.get("data")
        data: dict[str, Any] = held if isinstance(held, dict) else {}
        match inner.get("type"):
            case "chat:active" if data.get("active"):
                return (Taken(),)
            case "response:completion":
                return [one for one in openai.CHAT.read(own, Event("message", data)) if not isinstance(one, End)]
            case "chat:completion" | "chat:message:error" if data.get("error"):
                return (Error(said_in(data)),)
            case "chat:completion":
                whole = (Whole(str(data["content"])),) if data.get("content") else ()
                return (*whole, End()) if data.get("done") else whole
            case "chat:tasks:cancel":
                return (Error("stopped"),)
        return ()


CHATS = OpenWebUi(
    "open-webui",
    "Open WebUI 0.12",
    "/api/chat/completions",
    needs=("model", "key or accounts", ACCOUNT_A_USER),
    sees=(REASONING, TOOLS, TOKENS),
    browse=(PageCall("/api/v1/chats/?page=1", 2.0),),
)
