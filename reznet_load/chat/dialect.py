"""What a dialect says of a question: eight events, whatever backend they come from. `dialects/` has a file for each backend.

    Taken      the backend has the question; an echo of it is one way to say so
    Thinking   it works on it; with text where it shows its reasoning, which is no part of the reply
    Tool       it uses a tool
    Text       the next piece of the reply
    Whole      all of the reply so far; what is new of it is the next piece
    Usage      the tokens that the backend counted
    End        the reply is over. Not the same as success: an error that came before it wins
    Error      it failed

A dialect has no I/O and no clock: it names what to send (`Emit`) and what an event of the backend means to a question.
Transports, deadlines, arrival times, accounts and clean-up are the core's.
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
    """Something a backend says: the event's name and its payload, decoded."""

    name: str
    data: Any


NO_ARGUMENT: Any = object()


@dataclass(frozen=True, slots=True)
class Emit:
    """An event to be sent over the socket; without `data` it has no argument, which a server does not treat like None."""

    name: str
    data: Any = NO_ARGUMENT

    @property
    def arguments(self) -> tuple[Any, ...]:
        """`data`, where there is any."""
        return () if self.data is NO_ARGUMENT else (self.data,)


@dataclass(frozen=True, slots=True)
class Request:
    """A call over HTTP; `body` is sent as JSON, bytes as they are, None: without one."""

    method: str
    path: str
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PageCall:
    """A GET that users make between questions; they look at what it answers for `pause` seconds."""

    path: str
    pause: float


@dataclass(slots=True)
class Conversation:
    """What a user and a backend have said so far: `said` in pairs of question and reply, for backends that are sent all of it.

    id      by which the backend knows it, or that we choose      model   that is asked, where the backend wants one named
    agent   that is asked, where a backend has several; None: any author  as the backend shows who asks
    """

    id: str = ""
    model: str = ""
    agent: str | None = None
    author: str = "reznet-load"
    said: list[tuple[str, str]] = field(default_factory=list)

    def messages(self, text: str) -> list[dict[str, str]]:
        """All of it and the question `text`, as chat messages."""
        found: list[dict[str, str]] = []
        for question, reply in self.said:
            found += [{"role": "user", "content": question}, {"role": "assistant", "content": reply}]
        return [*found, {"role": "user", "content": text}]

    def characters(self, text: str) -> int:
        """Of all of it and of the question `text`."""
        return sum(len(question) + len(reply) for question, reply in self.said) + len(text)


@dataclass(slots=True)
class OwnQuestion:
    """What makes an event one of a question's own; the dialect fills in what it learns.

    channel   the conversation                      message   id of the question, as the backend knows it
    text      the question as it is sent            reply     id of the message that the reply is streamed into
    agent     who is asked, without `@`; None: any agent, until one takes it
    sent      characters of all that it was sent with, its history too; 0: of `text` alone
    wants     ids of the messages whose chunks are its own: all others may be skipped unread
    called    ids of the calls of tools that were seen, where a backend names a call more than once
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
        """A call of the tool `name`, the first time that its id `call` is seen; without an id, each time."""
        if call in self.called:
            return ()
        self.called |= {call} if call else set()
        return (Tool(name),)


@dataclass(frozen=True, slots=True)
class Taken:
    """`id` of the question, where the backend gives it one."""

    id: str = ""


@dataclass(frozen=True, slots=True)
class Thinking:
    """`text` of its reasoning; empty where it only says that it works."""

    text: str = ""


@dataclass(frozen=True, slots=True)
class Tool:
    """`name` of the tool that is called."""

    name: str


@dataclass(frozen=True, slots=True)
class TextDelta:
    """The next piece of the reply; an empty one is no token."""

    delta: str


@dataclass(frozen=True, slots=True)
class Whole:
    """The reply so far."""

    text: str


@dataclass(frozen=True, slots=True)
class Usage:
    """`tokens` of the reply, and `asked` of what it was asked with; 0: not said."""

    tokens: int
    asked: int = 0


@dataclass(frozen=True, slots=True)
class End:
    """`why` as the backend says it, where it does."""

    why: str = ""


@dataclass(frozen=True, slots=True)
class Error:
    """`text` for the reader. `failure` where the dialect knows the kind, else the turn's state decides; `cause` in one word."""

    text: str
    failure: Failure | None = None
    cause: str = ""


TurnEvent = Taken | Thinking | Tool | TextDelta | Whole | Usage | End | Error


class Reader(Protocol):
    """The part of a dialect that a turn needs."""

    def read(self, own: OwnQuestion, event: Event) -> Sequence[TurnEvent]:
        """What `event` is to a question; nothing where it is not its own."""

    def concerns(self, own: OwnQuestion, event: Event) -> bool:
        """Is `event` of this conversation or of this reply, whatever it says? It is then this user's own traffic."""


class Dialect(Reader, Protocol):
    """What a backend speaks.

    echoes      does a question always come back to its sender? Then its absence is a failure of its own
    needs_end   does a reply end by an event? Else it ends with the answer's body
    hello       is said once a Socket.IO connection is acknowledged; empty where nothing is
    farewell    is said before it is closed
    """

    @property
    def name(self) -> str:
        """As `--dialect` and run.json have it."""

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
        """How the events of other replies begin, which may be skipped unread."""

    def hear(self, packet: Packet) -> list[Event]:
        """Everything an event packet of Socket.IO says, in order. Raises PacketError."""

    def spared(self, data: Any) -> int | None:
        """Bytes that short keys of a payload save; None where the backend has no such keys."""

    def ask(self, conversation: Conversation, text: str) -> tuple[Emit | Request, OwnQuestion]:
        """What to send for the question `text`, and what makes events its own."""

    def stop(self, own: OwnQuestion) -> Emit | Request | None:
        """What to send to stop a reply in mid-stream; None: its user closes the connection."""
