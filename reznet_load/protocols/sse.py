"""Server-sent events (WHATWG HTML, 9.2.6): takes bytes in reads of any size, gives whole events. No I/O.

Lines end with LF, CR or CRLF. An empty line ends an event, which comes out at once: after CR CR the reader does not
wait for a possible line feed. A leading byte order mark is skipped. Comments are heartbeats: they are counted, and give
no event.
"""

from __future__ import annotations

from typing import NamedTuple

from reznet_load.protocols.closing import StreamError

MAX_EVENT = 16 << 20  # bytes of one event
_BOM = b"\xef\xbb\xbf"


class ServerEvent(NamedTuple):
    """`name` is `message` if the server gives none; `data` has its lines joined; `id` is the last id that the server
    sent.
    """

    name: str
    data: str
    id: str = ""


class EventReader:
    """Reads one answer. `retry` is the server's last value in ms (None: none sent); `comments` counts heartbeats."""

    def __init__(self, max_event: int = MAX_EVENT) -> None:
        self._limit = max_event
        self._line = b""  # a line without its end yet
        self._begun = self._skip_feed = False
        self._name = b""
        self._size = 0
        self._data: list[bytes] = []
        self._id = ""
        self.retry: int | None = None
        self.comments = 0

    def feed(self, data: bytes) -> list[ServerEvent]:
        """The events that `data` completes. Raises StreamError if one grows beyond the limit."""
        if self._begun and self._is_one_line(data):
            return [ServerEvent("message", data[6:-2].decode("utf-8", "replace"), self._id)]
        if self._skip_feed and data:  # the CR before it has already ended the line
            data = data.removeprefix(b"\n")
            self._skip_feed = False
        data = self._line + data
        if not self._begun:
            if len(data) < len(_BOM) and _BOM.startswith(data):
                self._line = data
                return []
            data = data.removeprefix(_BOM)
            self._begun = True
        if b"\r" in data:
            self._skip_feed = data.endswith(b"\r")
            data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        *lines, self._line = data.split(b"\n")
        found: list[ServerEvent] = []
        for line in lines:
            if line:
                self._field(line)
            elif (event := self._dispatched()) is not None:
                found.append(event)
        if self._size + len(self._line) > self._limit:
            raise StreamError(f"an event over {self._limit} bytes")
        return found

    @property
    def rests(self) -> bool:
        """Is no event under way? The next byte then begins one."""
        return self._begun and not (self._line or self._data or self._name or self._skip_feed)

    def _is_one_line(self, data: bytes) -> bool:
        """Is `data` one whole event of one line, with nothing held before it? Most reads of a stream of tokens are."""
        return (
            data.startswith(b"data: ")
            and data.find(b"\n") == len(data) - 2
            and data.endswith(b"\n\n")
            and b"\r" not in data
            and len(data) <= self._limit
            and not (self._line or self._data or self._name or self._skip_feed)
        )

    def _field(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":
            self._data.append(value)
            self._size += len(value) + 1
            if self._size > self._limit:
                raise StreamError(f"an event over {self._limit} bytes")
        elif name == b"event":
            self._name = value
        elif name == b"id" and b"\0" not in value:
            self._id = value.decode("utf-8", "replace")
        elif name == b"retry" and value.isdigit() and len(value) <= 18:
            self.retry = int(value)
        elif not name:
            self.comments += 1

    def _dispatched(self) -> ServerEvent | None:
        """The event that an empty line ends; None if there was no data."""
        name, data = self._name, self._data
        self._name = b""
        self._data = []
        self._size = 0
        if not data:
            return None
        text = b"\n".join(data).decode("utf-8", "replace")
        return ServerEvent(name.decode("utf-8", "replace") or "message", text, self._id)
