"""The client's side of Socket.IO 5 over Engine.IO 4: payloads in, what to send back and events out. No I/O.

The server opens, the client connects with its auth object and, where a backend wants one, says hello when that is
acknowledged; pings are answered; an event comes out with its attachments in it.
"""

from __future__ import annotations

from typing import Any

from reznet_load.protocols.closing import plain
from reznet_load.protocols.packets import PONG, Assembler, Packet, connect

_DISCONNECTED = "disconnected: the server ended the session"


class DialogueEndedError(Exception):
    """The server refused the connect, or ended the session; its text is the failure's name and what was said."""


class Dialogue:
    """One connection's. `auth`: the object of the connect, None: without; `hello`: sent after it, nothing where empty."""

    __slots__ = ("_assembler", "_auth", "_hello", "connected")

    def __init__(self, auth: Any = None, hello: bytes = b"") -> None:
        self._assembler = Assembler()
        self._auth = auth
        self._hello = hello
        self.connected = False  # acknowledged; from then on events may be sent

    def feed(self, payload: bytes, binary: bool = False) -> tuple[bytes, Packet | None]:
        """(payload to send back, an event); b"" and None where there is none.

        Raises PacketError where `payload` is no packet, DialogueEndedError where it is the last one.
        """
        packet = self._assembler.feed_binary(payload) if binary else self._assembler.feed_text(payload)
        if packet is None:
            return b"", None
        match packet.kind:
            case "event" | "binary_event":
                return b"", packet
            case "ping":
                return PONG, None
            case "open":
                return connect(self._auth), None
            case "connect" if packet.namespace == "/" and not self.connected:
                self.connected = True
                return self._hello, None
            case "connect_error":
                raise DialogueEndedError(f"connect refused: {plain(packet.data)}")
            case "disconnect" | "close":
                raise DialogueEndedError(_DISCONNECTED)
        return b"", None
