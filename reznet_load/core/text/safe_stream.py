"""What a process of ours writes on stderr, made safe line by line: Locust's log, warnings of libraries, tracebacks."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO

from reznet_load.core.text.foreign_text import safe

_LONGEST = 4000  # characters of a line
_MOST_HELD = 64 << 10  # characters of a line that has no end yet


class SafeStream:
    """Whole lines to `stream`, each as `safe` has it; `flush` gives what is there of the last one.

    No `io.IOBase`: that closes itself, and the stream beneath, when the last reference to it goes.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._held = ""
        self._lock = threading.RLock()  # a signal's handler may write in the middle of a write

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def writelines(self, lines: Iterable[str]) -> None:
        """Each of `lines`, as it is."""
        for line in lines:
            self.write(line)

    def write(self, text: str) -> int:
        """Characters of `text`. Raises OSError."""
        with self._lock:
            *lines, self._held = (self._held + text).split("\n")
            for line in lines:
                self._stream.write(safe(line, _LONGEST) + "\n")
            if len(self._held) > _MOST_HELD:
                self._give()
        return len(text)

    def _give(self) -> None:
        held = self._held
        self._held = ""
        self._stream.write(safe(held, _LONGEST))

    def flush(self) -> None:
        """Write what is held, and have it written. Raises OSError."""
        with self._lock:
            if self._held:
                self._give()
            self._stream.flush()

    def close(self) -> None:
        """Close the stream beneath; its reader may have gone."""
        self._held = ""
        with suppress(OSError):
            self._stream.close()


class SafeFormatter(logging.Formatter):
    """Log lines as `safe` has them, tracebacks included."""

    def format(self, record: logging.LogRecord) -> str:
        """The lines of `record`."""
        return safe(super().format(record), _LONGEST, lines=True)


def make_stderr_safe() -> None:
    """From now on in this process, once."""
    if not isinstance(sys.stderr, SafeStream) and sys.stderr is not None:
        sys.stderr = SafeStream(sys.stderr)


@contextmanager
def safe_stderr() -> Iterator[None]:
    """While the block runs."""
    before = sys.stderr
    make_stderr_safe()
    try:
        yield
    finally:
        with suppress(OSError, ValueError):
            sys.stderr.flush()
        sys.stderr = before
