"""The client's side of Socket.IO 5 over Engine.IO 4: takes payloads, gives events and what to send back. No I/O.

The server opens the session; the client connects with its auth object and, if the backend needs it, sends a hello once
the connect is acknowledged. Pings are answered. An event comes out once all its attachments have arrived.
"""

from __future__ import annotations

from typing import Any

from reznet_load.protocols.closing import plain
from reznet_load.protocols.packets import PONG, Assembler, Packet, connect

_DISCONNECTED = "disconnected: the server ended the session"


class DialogueEndedError(Exception):
    """The server refused the connect or ended the session; the text names the failure and quotes the server."""


class Dialogue:
    """The dialogue of one connection. `auth` is the object sent with the connect (None: none), `hello` is sent after it
    ("": none).
    """

    __slots__ = ("_assembler", "_auth", "_hello", "connected")

    def __init__(self, auth: Any = None, hello: bytes = b"") -> None:
        self._assembler = Assembler()
        self._auth = auth
        self._hello = hello
        self.connected = False  # the server acknowledged the connect; events may be sent

    def feed(self, payload: bytes, binary: bool = False) -> tuple[bytes, Packet | None]:
        """(payload to send back, an event); b"" and None if there is none.

        Raises PacketError if `payload` is not a packet, DialogueEndedError if it ends the dialogue.
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
