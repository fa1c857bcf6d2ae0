"""RezNet AI, both generations (REZNET contract): agents answer in channels, and all users receive all Socket.IO events.

The generations are two records of one class: each name that differs between them is a field.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property
from typing import Any

from reznet_load.chat.dialect import (
    Conversation,
    Emit,
    End,
    Error,
    Event,
    OwnQuestion,
    Taken,
    TextDelta,
    Thinking,
    TurnEvent,
    Whole,
)
from reznet_load.chat.failure import Failure, cause_of
from reznet_load.dialects import reznet_payload
from reznet_load.dialects.common import OnSocket
from reznet_load.dialects.reznet_places import KEYS, CacheKeys, EventNames, Paths, Queries
from reznet_load.protocols.packets import Packet
from reznet_load.protocols.prefixes import Prefixes

_KEPT = 500  # characters of an error's text
_PROBES = {
    "postgres": "reznet_load.probes.reznet.postgres:RezNetPostgres",
    "redis": "reznet_load.probes.reznet.redis:RezNetRedis",
}


class QuestionState(IntEnum):
    """How far a question has come, by the events of the backend."""

    ASKED = 0
    TAKEN = 1  # the echo came: what an agent sends before it cannot be the reply
    THINKING = 2
    PLACED = 3  # the agent's message came, still empty: the reply is streamed into it
    ANSWERED = 4  # text came


@dataclass(slots=True)
class RezNetOwn(OwnQuestion):
    """What an OwnQuestion holds, and how far the question has come."""

    stage: QuestionState = QuestionState.ASKED


@dataclass(frozen=True)
class RezNet(OnSocket):
    """A generation of RezNet. The other fields are described in `reznet_places` and in `Dialect`.

    keys           short key of a payload -> the long key that is read here
    chunk_ids      keys that the payload of a chunk may begin with, followed by the id of its message
    pings          does the backend answer a ping event with a pong event?
    answer_whole   agents whose replies do not stream: they are asked only if a question names them
    probes         name of a probe -> `package.module:Class` of the probe that knows RezNet's tables or keys
    """

    name: str
    paths: Paths
    cache: CacheKeys
    events: EventNames = field(default_factory=EventNames)
    queries: Queries = field(default_factory=Queries)
    keys: Mapping[str, str] = field(default_factory=lambda: KEYS)
    chunk_ids: tuple[str, ...] = ("mid", "message_id")
    echoes: bool = True
    needs_end: bool = True
    pings: bool = True
    answer_whole: frozenset[str] = frozenset({"orchestrator"})
    probes: Mapping[str, str] = field(default_factory=lambda: _PROBES)

    def streams(self, agent: str) -> bool:
        """Does the agent's reply come in pieces?"""
        return agent.lstrip("@") not in self.answer_whole

    def address(self, agent: str, text: str) -> str:
        """The question `text` to `agent`, as users write it."""
        return f"@{agent.lstrip('@')} {text}"

    @cached_property
    def prefixes(self) -> Prefixes:
        """How chunks begin. Most events that a user receives are chunks, and nearly all of these belong to other users."""
        return Prefixes(*(f'42["{self.events.chunk}",{{"{key}":"'.encode() for key in self.chunk_ids))

    def hear(self, packet: Packet) -> list[Event]:
        """The events in an event packet, in order. Raises PacketError if an attachment cannot be unpacked."""
        return reznet_payload.events(packet, self.keys, self.events.batch, self.events.pong)

    def spared(self, data: Any) -> int:
        """Bytes that the short keys of the payload `data` save."""
        return reznet_payload.spared(data, self.keys)

    def ask(self, conversation: Conversation, text: str) -> tuple[Emit, OwnQuestion]:
        """The question `text` in the conversation's channel; `text` names the agent (see `address`)."""
        agent = conversation.agent.lstrip("@") if conversation.agent else None
        return self.say(conversation.id, text, conversation.author), RezNetOwn(conversation.id, text, agent)

    def say(self, channel: str, text: str, author: str) -> Emit:
        """The event that sends a message to a channel."""
        return Emit(self.events.send, {"channel_id": channel, "content": text, "author_name": author})

    def typing(self, channel: str, author: str) -> Emit:
        """The event that shows that a user begins to type."""
        return Emit(self.events.typing, {"channel_id": channel, "user_name": author})

    def ping(self, number: int) -> Emit:
        """The event that asks for a pong with the same `number`: one round trip through the backend's event loop."""
        return Emit(self.events.ping, {"timestamp": number})

    def pong(self, event: Event) -> Any:
        """The number that a pong carries; None if `event` is not a pong."""
        return event.data.get("timestamp") if event.name == self.events.pong else None

    def echo(self, event: Event, channel: str, text: str) -> str | None:
        """The id of the message if `event` is the echo of `text` in `channel`, else None."""
        data = event.data
        own = event.name == self.events.message and data.get("content") == text and data.get("channel_id") == channel
        return str(data.get("id", "")) if own else None

    def read(self, own: OwnQuestion, event: Event) -> Sequence[TurnEvent]:
        """What `event` means for a question; () if the event does not belong to the question."""
        assert isinstance(own, RezNetOwn)
        names, data = self.events, event.data
        if event.name == names.chunk:
            return _chunk(own, data) if own.reply and data.get("message_id") == own.reply else ()
        if event.name == names.message:
            return _message(own, data) if data.get("channel_id") == own.channel else ()
        if event.name == names.update:
            return _update(own, data)
        if event.name == names.status:
            return _status(own, data)
        if event.name == names.error and own.stage <= QuestionState.TAKEN:
            return (_error(data, Failure.ERROR_MESSAGE),)
        return ()

    def concerns(self, own: OwnQuestion, event: Event) -> bool:
        """Does `event` name this channel or this reply? A status names neither, and gives False."""
        data = event.data
        of_reply = own.reply and own.reply in (data.get("message_id"), data.get("id"))
        return data.get("channel_id") == own.channel or bool(of_reply)


def _chunk(own: RezNetOwn, data: dict[str, Any]) -> Sequence[TurnEvent]:
    if _error_in(data.get("metadata")) is not None:
        return (_error(data, Failure.ERROR_IN_STREAM),)
    final = data.get("is_final")
    text = data.get("chunk") or ("" if final else data.get("content"))
    said = (TextDelta(str(text)),) if text else ()
    if said:
        own.stage = QuestionState.ANSWERED
    return (*said, End(_error_type(data.get("metadata")))) if final else said


def _message(own: RezNetOwn, data: dict[str, Any]) -> Sequence[TurnEvent]:
    metadata = data.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    match data.get("author_type"):
        case "user":
            if own.stage > QuestionState.ASKED or str(data.get("content")).strip() != own.text.strip():
                return ()
            own.stage = QuestionState.TAKEN
            own.message = str(data.get("id", ""))
            return (Taken(own.message),)
        case "system":
            busy = metadata.get("busy") and _is_agent(own, metadata.get("agent", own.agent))
            return (_error(data, Failure.BUSY),) if busy and own.stage > QuestionState.ASKED else ()
        case "agent":
            return _of_agent(own, data, metadata)
    return ()


def _of_agent(own: RezNetOwn, data: dict[str, Any], metadata: dict[str, Any]) -> Sequence[TurnEvent]:
    answers = metadata.get("in_reply_to")
    if answers and own.message and answers != own.message:
        return ()  # a reply to an earlier question in this channel
    if own.stage is QuestionState.ASKED or not _is_agent(own, data.get("author_name")):
        return ()
    if metadata.get("error"):
        return (_error(data, Failure.ERROR_MESSAGE),)
    if own.stage > QuestionState.THINKING:
        return ()
    _take(own, data)
    if data.get("content"):
        own.stage = QuestionState.ANSWERED
        return Whole(str(data["content"])), End()
    own.stage = QuestionState.PLACED
    own.reply = str(data.get("id", ""))
    own.wants = frozenset({own.reply.encode()})
    return ()


def _update(own: RezNetOwn, data: dict[str, Any]) -> Sequence[TurnEvent]:
    """An update of the reply's message: the whole text of a reply that was not streamed."""
    if own.stage is not QuestionState.PLACED or data.get("id") != own.reply or not data.get("content"):
        return ()
    own.stage = QuestionState.ANSWERED
    return (Whole(str(data["content"])),)


def _status(own: RezNetOwn, data: dict[str, Any]) -> Sequence[TurnEvent]:
    thinks = data.get("status") == "thinking" and _is_agent(own, data.get("agent_name"))
    if not thinks or own.stage is not QuestionState.TAKEN or data.get("channel_id", own.channel) != own.channel:
        return ()
    _take(own, data)
    own.stage = QuestionState.THINKING
    return (Thinking(),)


def _take(own: RezNetOwn, data: dict[str, Any]) -> None:
    """If the question names no agent, the first agent that takes it is from now on the one whose reply counts."""
    if own.agent is None:
        own.agent = str(data.get("agent_name") or data.get("author_name") or "").lstrip("@") or None


def _is_agent(own: RezNetOwn, name: Any) -> bool:
    return own.agent is None or str(name or "").lstrip("@") == own.agent


def _error_in(metadata: Any) -> Any:
    """The error in a message's metadata; None if there is none."""
    error = metadata.get("error") if isinstance(metadata, dict) else None
    return error or None


def _error(data: dict[str, Any], failure: Failure) -> Error:
    metadata = data.get("metadata")
    error = _error_in(metadata)
    texts = [data.get("content"), error if isinstance(error, str) else ""]
    texts += [data.get(name) for name in ("chunk", "error", "message")]
    text = str(next(filter(None, texts), ""))[:_KEPT]
    return Error(text, failure, cause_of(f"{_error_type(metadata)} {text}"))


def _error_type(metadata: Any) -> str:
    return str(metadata.get("error_type", "")) if isinstance(metadata, dict) else ""


V1 = RezNet("v1", Paths("/api/health"), CacheKeys("reznet:"))
V2 = RezNet("v2", Paths("/health"), CacheKeys())
