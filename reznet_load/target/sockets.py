"""The Socket.IO side of the backend: connected clients, the events that they receive, and the events that they may send."""

from __future__ import annotations

import uuid
from typing import Any

import socketio

from reznet_load.target.options import TargetOptions
from reznet_load.target.payload import Batches, PayloadWriter

_MOST_SOCKETS = 10  # sockets that are accepted with the fault `refused-sockets`
FEATURES = {"optimized_payloads": True, "compression": True, "batching": True}


class Sockets:
    """Sends events to the readers of a channel or to all sockets (`--delivery`), with the event names of the dialect."""

    def __init__(self, options: TargetOptions) -> None:
        self.server = socketio.AsyncServer(
            async_mode="asgi",
            transports=["websocket"],
            cors_allowed_origins="*",
            ping_interval=25,
            ping_timeout=20,
            max_http_buffer_size=1_000_000,
        )
        self._options = options
        self._namespaces = options.generation.namespaces
        self._broadcast = options.delivery == "broadcast"
        self.writer = PayloadWriter(
            options.generation, short=options.generation.shortens and "long-keys" not in options.faults
        )
        self.batches = Batches(self._send, options.generation)
        self.connected: dict[str, set[str]] = {namespace: set() for namespace in self._namespaces}

    def listen(self, chat: Any) -> None:
        """Pass events from clients to `chat`, a `target.chat.Chat`."""
        for namespace in self._namespaces:
            on, called = self.server.on, self._options.generation.event
            on("connect", self._on_connect(namespace), namespace=namespace)
            on("disconnect", self._on_disconnect(namespace), namespace=namespace)
            for event, act in (
                ("message_send", chat.on_message),
                ("agent_invoke", chat.on_invoke),
                ("typing_start", chat.on_typing),
            ):
                on(called(event), self._guarded(act, namespace), namespace=namespace)
            on(called("ping"), self._on_ping(namespace), namespace=namespace)
            on("get_stats", self._guarded(chat.on_stats, namespace), namespace=namespace)

    def _on_connect(self, namespace: str) -> Any:
        async def connect(sid: str, environ: dict[str, Any], auth: Any = None) -> None:
            token = self._options.require_token
            if token and not (isinstance(auth, dict) and auth.get("token") == token):
                raise socketio.exceptions.ConnectionRefusedError("authentication required")
            if "refused-sockets" in self._options.faults and len(self.connected[namespace]) >= _MOST_SOCKETS:
                raise socketio.exceptions.ConnectionRefusedError("too many connections")
            self.connected[namespace].add(sid)
            hello = {"sid": sid, "message": "Connected to RezNet AI", "version": "2.0", "features": FEATURES}
            await self.server.emit("connection_established", hello, to=sid, namespace=namespace)

        return connect

    def _on_disconnect(self, namespace: str) -> Any:
        async def disconnect(sid: str, reason: Any = None) -> None:
            self.connected[namespace].discard(sid)

        return disconnect

    def _on_ping(self, namespace: str) -> Any:
        async def ping(sid: str, data: Any = None) -> None:
            stamp = data.get("timestamp") if isinstance(data, dict) else None
            await self.server.emit(
                self._options.generation.event("pong"), {"timestamp": stamp}, to=sid, namespace=namespace
            )

        return ping

    def _guarded(self, act: Any, namespace: str) -> Any:
        async def handle(sid: str, data: Any = None) -> None:
            try:
                await act(Caller(self, sid, namespace), data if isinstance(data, dict) else {})
            except Refusal as refusal:
                await self.server.emit(
                    self._options.generation.event("error"), {"message": str(refusal)}, to=sid, namespace=namespace
                )

        return handle

    async def emit(self, event: str, data: dict[str, Any], channel: str | None) -> None:
        """Send to all readers of `channel`; None: to all sockets."""
        name, payload = self.writer.write(event, data)
        await self._send(name, payload, channel)

    def emit_small(self, event: str, data: dict[str, Any], channel: str | None) -> None:
        """Like `emit`, for small events: they are sent in batches."""
        name, payload = self.writer.write(event, data)
        self.batches.add(name, payload, channel)

    async def _send(self, name: str, payload: Any, channel: str | None) -> None:
        room = None if self._broadcast else channel
        for namespace in self._namespaces:
            if self.connected[namespace]:
                await self.server.emit(name, payload, room=room, namespace=namespace)

    @property
    def count(self) -> int:
        """The number of clients that are connected now."""
        return len(self.connected["/"])


class Refusal(Exception):
    """A client's request cannot be carried out; the text is sent back as an `error` event."""


class Caller:
    """A client that sent an event."""

    def __init__(self, sockets: Sockets, sid: str, namespace: str) -> None:
        self._sockets = sockets
        self.sid = sid
        self.namespace = namespace

    async def read(self, channel: str) -> None:
        """Send the events of `channel` to this client from now on."""
        await self._sockets.server.enter_room(self.sid, channel, namespace=self.namespace)

    async def tell(self, event: str, data: dict[str, Any]) -> None:
        """Send an event only to this client."""
        await self._sockets.server.emit(event, data, to=self.sid, namespace=self.namespace)


def channel_of(data: dict[str, Any], doing: str) -> str:
    """The `channel_id` of a client's event. Raises Refusal with the recorded backend's text."""
    if "channel_id" not in data:
        raise Refusal(f"Error {doing}: 'channel_id'")
    try:
        return str(uuid.UUID(str(data["channel_id"])))
    except ValueError as error:
        raise Refusal(f"Error {doing}: {error}") from None


def shown(message: dict[str, Any]) -> dict[str, Any]:
    """A stored message in the form of `message_new` and `message_update`."""
    names = ("id", "channel_id", "author_type", "author_name", "content", "created_at", "metadata")
    return {name: message[name] for name in names}
