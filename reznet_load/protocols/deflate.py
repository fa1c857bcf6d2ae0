"""The client's side of permessage-deflate (RFC 7692), as browsers negotiate it."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

from reznet_load.protocols.closing import ProtocolError

OFFER = "permessage-deflate; client_max_window_bits"  # word for word what Chromium and Firefox send
LEAST_BITS = 9  # zlib cannot write a raw stream with a window of 8 bits
_TAIL = b"\x00\x00\xff\xff"  # RFC 7692, 7.2.2: the sender cuts it off, the receiver appends it
_WINDOW = 1 << 15  # bytes, the largest window
_NAMES = (
    "server_no_context_takeover",
    "client_no_context_takeover",
    "server_max_window_bits",
    "client_max_window_bits",
)


@dataclass(frozen=True, slots=True)
class Parameters:
    """What was negotiated. Window bits are 8 to 15."""

    server_takeover: bool = True
    server_bits: int = 15
    client_bits: int = 15


def negotiate(header: str | None) -> Parameters | None:
    """Parameters from the server's Sec-WebSocket-Extensions answer to OFFER; None if it declined. Raises ProtocolError."""
    if header is None or not header.strip():
        return None
    name, *rest = (part.strip() for part in header.split(";"))
    if name.lower() != "permessage-deflate" or "," in header:
        raise ProtocolError(1010, f"an extension that was not offered: {header[:80]}")
    values: dict[str, str] = {}
    for part in rest:
        key, _, value = (piece.strip() for piece in part.partition("="))
        if key not in _NAMES or key in values:
            raise ProtocolError(1010, f"permessage-deflate with {part[:40]!r}")
        if key.endswith("takeover") and value:
            raise ProtocolError(1010, f"permessage-deflate with {part[:40]!r}, which takes no value")
        values[key] = value.strip('"')
    return Parameters(
        "server_no_context_takeover" not in values,
        _bits(values, "server_max_window_bits"),
        _bits(values, "client_max_window_bits"),
    )


def _bits(values: dict[str, str], name: str) -> int:
    if name not in values:
        return 15
    if values[name] not in {str(bits) for bits in range(8, 16)}:
        raise ProtocolError(1010, f"permessage-deflate with {name}={values[name][:20]!r}")
    return int(values[name])


class Inflater:
    """Inflates a server's compressed messages; refuses a message that grows beyond a limit."""

    __slots__ = ("_bits", "_decompress", "_stream", "_takeover")  # no instance dictionary: it is used for every event

    def __init__(self, parameters: Parameters) -> None:
        self._takeover = parameters.server_takeover
        self._bits = parameters.server_bits
        self._begin()

    def _begin(self, window: bytes = b"") -> None:
        self._stream = zlib.decompressobj(-self._bits, zdict=window)
        self._decompress = self._stream.decompress

    def inflate(self, payload: bytes | bytearray, limit: int) -> bytes:
        """The plain message. Raises ProtocolError if it exceeds `limit` bytes or is not a deflate stream."""
        try:
            message = self._decompress(payload + _TAIL, limit + 1)
        except zlib.error as error:
            raise ProtocolError(1007, f"not a deflate stream: {error}") from None
        if len(message) > limit:  # the unread rest would never be read
            raise ProtocolError(1009, f"a message that inflates to over {limit} bytes")
        if not self._takeover:
            self._begin()
        elif self._stream.eof:  # a final block ends the stream; the next message may still refer to its window
            self._begin(message[-_WINDOW:])
        return message


def deflate(payload: bytes, bits: int = 15) -> bytes:
    """Compress a message that we send, without context takeover: no state is kept per connection. `bits` >= LEAST_BITS."""
    stream = zlib.compressobj(wbits=-bits)
    return (stream.compress(payload) + stream.flush(zlib.Z_SYNC_FLUSH))[: -len(_TAIL)]
