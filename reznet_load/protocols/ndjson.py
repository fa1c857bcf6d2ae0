"""JSON values, one per line (NDJSON, JSON Lines): takes bytes in reads of any size, gives values. No I/O."""

from __future__ import annotations

import json
from typing import Any

from reznet_load.protocols.closing import StreamError

MAX_LINE = 16 << 20  # bytes


class LineReader:
    """Reads one answer. Empty lines are heartbeats and give no value."""

    def __init__(self, max_line: int = MAX_LINE) -> None:
        self._rest = b""
        self._limit = max_line

    def feed(self, data: bytes) -> list[Any]:
        """The values whose lines `data` completes. Raises StreamError if a line is not JSON or exceeds the limit."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        if max(map(len, (*lines, self._rest))) > self._limit:
            raise StreamError(f"a line over {self._limit} bytes")
        return [_value(line) for line in lines if line.strip()]

    def end(self) -> list[Any]:
        """The value of a last line without a line end. Raises like `feed`."""
        line = self._rest
        self._rest = b""
        return [_value(line)] if line.strip() else []


def _value(line: bytes) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        raise StreamError(f"a line that is not JSON: {line[:40]!r}") from None
