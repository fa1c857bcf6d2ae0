"""What most backends have in common; a dialect overrides what is otherwise with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from reznet_load.chat.dialect import Conversation, Emit, Event, OwnQuestion, PageCall, Request, TurnEvent
from reznet_load.core.errors import ConfigError
from reznet_load.protocols.packets import Packet
from reznet_load.protocols.prefixes import NO_PREFIXES, Prefixes

Said = Sequence[TurnEvent]  # what an event is to a question
Asked = tuple[Request, OwnQuestion]
Get = Callable[[str], tuple[int, Any]]  # path -> (status, decoded body)


ACCOUNT_A_USER = "account a user"  # in `needs`
REASONING, TOOLS, TOKENS = "reasoning", "tools", "tokens counted"  # in `sees`


@dataclass(frozen=True, slots=True)
class CallAnswer:
    """A successful answer at a sign-in: its decoded body, and the cookies that the account has now."""

    body: Any
    cookies: dict[str, str] = field(default_factory=dict)


Call = Callable[[Request], CallAnswer]  # refusals and limits are the caller's
Access = dict[str, dict[str, Any]]  # `headers`, `cookies` and `socket_auth` of an account that is signed in


class OnSocket:
    """What a backend has whose users each hold a Socket.IO connection, and nothing is said about it."""

    hello = farewell = b""
    has_socket = True
    account_a_user = False

    def auth(self, key: str) -> dict[str, Any]:
        """The object of the Socket.IO connect: nothing but what the user gives."""
        return {}


@dataclass(frozen=True)
class Backend:
    """A backend that answers each question to who asked it.

    path        of a question; empty: it is said over the socket
    needs_end   does a reply end by an event, and not with its body alone?
    tokens_alike   is an event that differs from a token's in its text, ids and numbers alone a token too?
    echoes      does a question come back to its sender?
    needs       what a user has to give: model, key, account
    probes      name of a probe (`postgres`, `redis`) -> `package.module:Class`, where one of its own knows this backend's tables
    sees        what it reads of a reply in addition to its text: REASONING, TOOLS, TOKENS
    browse      what users look at between questions (--mix browse=N); () where there is nothing
    socket_path   of Socket.IO, where replies come over a socket
    hello, farewell   what is said once it is connected, and before it is closed
    heartbeat   what its page says every 30 s while it is connected
    """

    name: str
    title: str
    path: str = "/"
    needs_end: bool = True
    echoes: bool = False
    tokens_alike: bool = False
    needs: tuple[str, ...] = ()
    sees: tuple[str, ...] = ()
    browse: tuple[PageCall, ...] = ()
    socket_path: str = ""
    hello: bytes = b""
    probes: Mapping[str, str] = field(default_factory=dict)
    farewell: bytes = b""
    heartbeat: bytes = b""

    @property
    def has_socket(self) -> bool:
        """Does each user hold a Socket.IO connection?"""
        return bool(self.socket_path)

    @property
    def account_a_user(self) -> bool:
        """Must no two users share an account?"""
        return ACCOUNT_A_USER in self.needs

    @property
    def prefixes(self) -> Prefixes:
        """Events of other replies that may be skipped unread: none where users receive only their own."""
        return NO_PREFIXES

    def spared(self, data: Any) -> int | None:
        """Bytes that short keys save: there are no such keys."""
        return None

    def hear(self, packet: Packet) -> list[Event]:
        """An event packet of Socket.IO is one event."""
        return [Event(packet.name, packet.data)]

    def auth(self, key: str) -> dict[str, Any]:
        """The object of the Socket.IO connect."""
        return {}

    def anew(self, auth: dict[str, Any]) -> dict[str, Any]:
        """`auth` for a new conversation: another one where the socket's session holds the conversation."""
        return auth

    def recognised(self, get: Get) -> bool:
        """Is this the backend? Where no call says so, it is named with --dialect."""
        return False

    def access(self, key: str) -> dict[str, str]:
        """Headers that carry the key: a bearer token."""
        return {"Authorization": f"Bearer {key}"} if key else {}

    def sign_in(self, account: Mapping[str, Any], call: Call) -> Access:
        """What identifies an `account` with `username` and `password`; {}: it needs none.

        Raises ConfigError where this backend has no such sign-in, or the account lacks what it wants.
        """
        if account.get("password"):
            raise ConfigError(
                f"--accounts: {self.title} has no sign-in by password; give `headers` or `cookies` of each account"
            )
        return {}

    def new_account(self, username: str, password: str) -> Request | None:
        """The call of an administrator that makes an account; its answer has an `id`. None: there is no such call."""
        return None

    def removal(self, id: str) -> Request | None:
        """The call of an administrator that removes an account. None: there is no such call."""
        return None

    def concerns(self, own: OwnQuestion, event: Event) -> bool:
        """Is `event` this user's own traffic? An answer is its question's alone."""
        return True

    def stop(self, own: OwnQuestion) -> Emit | Request | None:
        """Nothing: who stops a reply closes the connection of its answer."""
        return None

    def post(self, conversation: Conversation, text: str, body: Any) -> Asked:
        """A question that is posted as `body`."""
        return Request("POST", self.path, body), OwnQuestion(conversation.id, text, sent=conversation.characters(text))
