"""What a dialect reports about a question: eight events, the same for every backend. `dialects/` has a file for each backend.

    Taken       the backend has the question; a backend may report this by sending the question back (echo)
    Thinking    the backend works on the question; the text is its reasoning, which is not part of the reply
    Tool        the backend calls a tool
    TextDelta   the next piece of the reply
    Whole       the reply so far; the part that is new is the next piece
    Usage       the tokens that the backend counted
    End         the reply is over; after an Error it does not mean success
    Error       the question failed

A dialect does no I/O and reads no clock. It says what to send (`Emit`, `Request`) and what an event of the backend means
for a question. The core does the rest: connections, deadlines, arrival times, accounts and clean-up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from reznet_load.chat.failure import Failure
from reznet_load.protocols.packets import Packet
from reznet_load.protocols.prefixes import Prefixes


@dataclass(frozen=True, slots=True)
class Event:
    """An event from a backend: its name and its decoded payload."""

    name: str
    data: Any


NO_ARGUMENT: Any = object()


@dataclass(frozen=True, slots=True)
class Emit:
    """An event to send over the socket. Without `data` it has no argument; to a server, None is an argument."""

    name: str
    data: Any = NO_ARGUMENT

    @property
    def arguments(self) -> tuple[Any, ...]:
        """(`data`,), or () if the event has no argument."""
        return () if self.data is NO_ARGUMENT else (self.data,)


@dataclass(frozen=True, slots=True)
class Request:
    """A call over HTTP. `body` is sent as JSON; bytes are sent unchanged; None: no body."""

    method: str
    path: str
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PageCall:
    """A GET that users make between questions. They read the answer for `pause` seconds."""

    path: str
    pause: float


@dataclass(slots=True)
class Conversation:
    """A conversation of a user with a backend.

    id      the backend's id of the conversation, or an id that we choose
    model   the model that is asked; empty if the backend needs no name
    agent   the agent that is asked; None: any agent
    author  the user's name, as the backend shows it
    said    (question, reply) pairs, for backends that need all of them with each question
    """

    id: str = ""
    model: str = ""
    agent: str | None = None
    author: str = "reznet-load"
    said: list[tuple[str, str]] = field(default_factory=list)

    def messages(self, text: str) -> list[dict[str, str]]:
        """All pairs and then the question `text`, as chat messages: dicts with `role` and `content`."""
        found: list[dict[str, str]] = []
        for question, reply in self.said:
            found += [{"role": "user", "content": question}, {"role": "assistant", "content": reply}]
        return [*found, {"role": "user", "content": text}]

    def characters(self, text: str) -> int:
        """The number of characters of all pairs and of the question `text`."""
        return sum(len(question) + len(reply) for question, reply in self.said) + len(text)


@dataclass(slots=True)
class OwnQuestion:
    """By what a dialect recognises the events of one question; the dialect adds each id when the backend sends it.

    channel   id of the conversation
    text      the question as it is sent
    agent     the agent that is asked, without `@`; None: any agent, until an agent takes the question
    message   the backend's id of the question
    reply     id of the message that the reply is streamed into
    sent      characters that were sent, with the history; 0: those of `text` alone
    wants     ids of the messages whose chunks belong to the question; all other chunks may be skipped unread
    called    ids of the tool calls that were seen, for backends that report a call more than once
    """

    channel: str
    text: str
    agent: str | None = None
    message: str = ""
    reply: str = ""
    sent: int = 0
    wants: frozenset[bytes] = frozenset()
    called: frozenset[str] = frozenset()

    def tool(self, call: str, name: str) -> tuple[Tool, ...]:
        """The call of the tool `name` if its id `call` is new or empty, else ()."""
        if call in self.called:
            return ()
        self.called |= {call} if call else set()
        return (Tool(name),)


@dataclass(frozen=True, slots=True)
class Taken:
    """The backend has the question; `id` is the backend's id of the question, if there is one."""

    id: str = ""


@dataclass(frozen=True, slots=True)
class Thinking:
    """The backend works; `text` is its reasoning, empty if the backend does not show it."""

    text: str = ""


@dataclass(frozen=True, slots=True)
class Tool:
    """The backend calls the tool `name`."""

    name: str


@dataclass(frozen=True, slots=True)
class TextDelta:
    """The next piece of the reply; an empty piece does not count as a token."""

    delta: str


@dataclass(frozen=True, slots=True)
class Whole:
    """The reply so far."""

    text: str


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of the reply (`tokens`) and of what was sent (`asked`); 0: the backend did not count them."""

    tokens: int
    asked: int = 0


@dataclass(frozen=True, slots=True)
class End:
    """The reply is over; `why` is the reason in the backend's words, if it gives a reason."""

    why: str = ""


@dataclass(frozen=True, slots=True)
class Error:
    """The question failed: `text` for the reader, `failure` (None: the turn's state decides the kind), `cause` in a word."""

    text: str
    failure: Failure | None = None
    cause: str = ""


TurnEvent = Taken | Thinking | Tool | TextDelta | Whole | Usage | End | Error


class Reader(Protocol):
    """The part of a dialect that a turn needs."""

    def read(self, own: OwnQuestion, event: Event) -> Sequence[TurnEvent]:
        """What `event` means for a question; () if the event does not belong to the question."""

    def concerns(self, own: OwnQuestion, event: Event) -> bool:
        """Does `event` belong to this conversation or this reply? Such an event counts as this user's own traffic."""


class Dialect(Reader, Protocol):
    """The events and calls of one kind of backend.

    echoes      does the backend always send a question back to its sender? A missing echo is then a failure
    needs_end   does an event end a reply? If not, the end of the answer's body ends the reply
    hello       bytes to send when a Socket.IO connection is acknowledged; empty: none
    farewell    bytes to send before the connection is closed; empty: none
    """

    @property
    def name(self) -> str:
        """The name in `--dialect` and run.json."""

    @property
    def echoes(self) -> bool:
        """See above."""

    @property
    def needs_end(self) -> bool:
        """See above."""

    @property
    def hello(self) -> bytes:
        """See above."""

    @property
    def farewell(self) -> bytes:
        """See above."""

    @property
    def prefixes(self) -> Prefixes:
        """The first bytes of events that may be skipped unread if they belong to other replies."""

    def hear(self, packet: Packet) -> list[Event]:
        """The events in an event packet of Socket.IO, in order. Raises PacketError."""

    def spared(self, data: Any) -> int | None:
        """Bytes that the short keys of a payload save; None if the backend has no short keys."""

    def ask(self, conversation: Conversation, text: str) -> tuple[Emit | Request, OwnQuestion]:
        """(what to send for the question `text`, by what its events are recognised)."""

    def stop(self, own: OwnQuestion) -> Emit | Request | None:
        """What to send to stop a running reply; None: the user closes the connection instead."""
