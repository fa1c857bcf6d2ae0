"""What most backends have in common; a dialect overrides what is otherwise with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from reznet_load.chat.dialect import Conversation, Event, Own, Request, TurnEvent

Said = Sequence[TurnEvent]  # what an event is to a question
Asked = tuple[Request, Own]
Get = Callable[[str], tuple[int, Any]]  # path -> (status, decoded body)


@dataclass(frozen=True)
class Backend:
    """A backend that answers each question to who asked it.

    path        of a question            needs_end   does a reply end by an event, and not with its body alone?
    echoes      does a question come back to its sender?
    needs       what a user has to give: model, key, account
    """

    name: str
    title: str
    path: str = "/"
    needs_end: bool = True
    echoes: bool = False
    needs: tuple[str, ...] = ()

    def recognised(self, get: Get) -> bool:
        """Is this the backend? Where no call says so, it is named with --dialect."""
        return False

    def access(self, key: str) -> dict[str, str]:
        """Headers that carry the key: a bearer token."""
        return {"Authorization": f"Bearer {key}"} if key else {}

    def concerns(self, own: Own, event: Event) -> bool:
        """Is `event` this user's own traffic? An answer is its question's alone."""
        return True

    def post(self, conversation: Conversation, text: str, body: Any) -> Asked:
        """A question that is posted as `body`."""
        return Request("POST", self.path, body), Own(conversation.id, text)
