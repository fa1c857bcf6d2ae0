"""What most backends have in common; a dialect overrides what differs in its backend."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from reznet_load.chat.dialect import Conversation, Emit, Event, OwnQuestion, PageCall, Request, TurnEvent
from reznet_load.core.errors import ConfigError
from reznet_load.protocols.packets import Packet
from reznet_load.protocols.prefixes import NO_PREFIXES, Prefixes

Said = Sequence[TurnEvent]  # what one event of the backend means for a question
Asked = tuple[Request, OwnQuestion]  # (what to send, by what the events of the question are recognised)
Get = Callable[[str], tuple[int, Any]]  # path -> (status, decoded body)


ACCOUNT_A_USER = "account a user"  # an item of `needs`
REASONING, TOOLS, TOKENS = "reasoning", "tools", "tokens counted"  # items of `sees`


@dataclass(frozen=True, slots=True)
class CallAnswer:
    """A 2xx answer during a sign-in: its decoded body, and all cookies that the account has after it."""

    body: Any
    cookies: dict[str, str] = field(default_factory=dict)


Call = Callable[[Request], CallAnswer]  # makes a call of a sign-in; handles refusals and time limits itself
Access = dict[str, dict[str, Any]]  # `headers`, `cookies` and `socket_auth` of an account after its sign-in


class OnSocket:
    """Defaults for a backend whose users each hold a Socket.IO connection and send nothing when it opens or closes."""

    hello = farewell = b""
    has_socket = True
    account_a_user = False

    def auth(self, key: str) -> dict[str, Any]:
        """The object sent with the Socket.IO connect: empty, so that only the user's own --socket-auth is sent."""
        return {}


@dataclass(frozen=True)
class Backend:
    """A backend that sends a reply only to the user that asked.

    name           the name in --dialect
    title          the name in documents
    path           path that questions are posted to; empty: questions are sent over the socket
    needs_end      does an event end a reply? If not, the end of the body ends the reply
    echoes         does the backend send a question back to its sender?
    tokens_alike   if an event differs from a token event only in its text, ids and numbers: is this event a token too?
    needs          what has to be given: `model`, `path`, `key`, `key or accounts`; ACCOUNT_A_USER: one account for each user
    sees           what the dialect reads in addition to the text: REASONING, TOOLS, TOKENS
    browse         the calls that users make between questions (--mix browse=N); (): none
    socket_path    path of Socket.IO; empty: replies do not come over a socket
    hello          bytes to send when the socket is connected
    farewell       bytes to send before the socket is closed
    heartbeat      bytes to send every 30 s while the socket is connected
    probes         `postgres` or `redis` -> `package.module:Class` of the probe that also knows this backend's tables or keys
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
        """Does each user need an account of its own?"""
        return ACCOUNT_A_USER in self.needs

    @property
    def prefixes(self) -> Prefixes:
        """No event may be skipped unread: users receive only events of their own replies."""
        return NO_PREFIXES

    def spared(self, data: Any) -> int | None:
        """None: the backend has no short keys."""
        return None

    def hear(self, packet: Packet) -> list[Event]:
        """The one event in an event packet of Socket.IO."""
        return [Event(packet.name, packet.data)]

    def auth(self, key: str) -> dict[str, Any]:
        """The object sent with the Socket.IO connect."""
        return {}

    def new_session(self, auth: dict[str, Any]) -> dict[str, Any]:
        """The object of the connect for a new conversation: `auth`, unless the socket's session holds the conversation."""
        return auth

    def recognised(self, get: Get) -> bool:
        """Is this the backend that `get` calls? False if no call can show it: users then name it with --dialect."""
        return False

    def access(self, key: str) -> dict[str, str]:
        """The headers that carry `key`: a bearer token. {}: no key."""
        return {"Authorization": f"Bearer {key}"} if key else {}

    def sign_in(self, account: Mapping[str, Any], call: Call) -> Access:
        """What identifies requests of `account` (a line of --accounts) after its sign-in; {}: no sign-in is needed.

        Raises ConfigError if this backend has no sign-in by password, or if the account lacks what the sign-in needs.
        """
        if account.get("password"):
            raise ConfigError(
                f"--accounts: {self.title} has no sign-in by password; give `headers` or `cookies` of each account"
            )
        return {}

    def new_account(self, username: str, password: str) -> Request | None:
        """The administrator's call that makes an account; the answer has an `id`. None: there is no such call."""
        return None

    def removal(self, id: str) -> Request | None:
        """The administrator's call that removes the account `id`. None: there is no such call."""
        return None

    def concerns(self, own: OwnQuestion, event: Event) -> bool:
        """True: an HTTP answer holds only events of its question."""
        return True

    def stop(self, own: OwnQuestion) -> Emit | Request | None:
        """None: a user stops a reply by closing the connection."""
        return None

    def post(self, conversation: Conversation, text: str, body: Any) -> Asked:
        """The question `text`, posted to `path` with `body` as JSON."""
        return Request("POST", self.path, body), OwnQuestion(conversation.id, text, sent=conversation.characters(text))
