"""Single operations with the ids from the backend, for joining them with its logs (`--trace FILE`)."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from reznet_load.core.errors import ConfigError
from reznet_load.core.kept.file import KeptFile
from reznet_load.core.kept.samples import lines

_FLUSH_BYTES = 1 << 16
_RETRY_SECONDS = 1.0


class Trace:
    """Appends one JSON line per operation to `path`; "" writes nothing. About 5 µs per line, written every 64 KB."""

    def __init__(self, path: str) -> None:
        self._file = KeptFile(Path(path)) if path else None
        self._due = 0.0
        if self._file is not None and not self._file.open():
            raise ConfigError(
                f"--trace {path}: cannot be written ({self._file.why}); name a file in a folder that exists"
            )

    def write(self, row: str, **fields: Any) -> None:
        """Write `row` and what is known of the operation; times in ms, `start` in seconds since the epoch."""
        if self._file is not None:
            self._file.add(lines([{"row": row} | fields]))
            if self._file.waiting >= _FLUSH_BYTES and time.monotonic() >= self._due:
                self.flush()

    def flush(self) -> None:
        """Write everything to disk, as far as that succeeds."""
        if self._file is not None and not self._file.flush():
            self._due = time.monotonic() + _RETRY_SECONDS
