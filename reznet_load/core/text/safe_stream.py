"""Makes safe, line by line, what our processes write on stderr: Locust's log, warnings of libraries, tracebacks."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO

from reznet_load.core.text.foreign_text import safe

_LONGEST = 4000  # characters of a line
_MOST_HELD = 64 << 10  # characters of a line without its end yet


class SafeStream:
    """Writes whole lines to `stream`, each made safe by `safe`; `flush` also writes an incomplete last line.

    Not an `io.IOBase`: that closes itself, and the stream under it, when its last reference is dropped.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._held = ""
        self._lock = threading.RLock()  # a signal handler may write during a write

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write each of `lines`."""
        for line in lines:
            self.write(line)

    def write(self, text: str) -> int:
        """Write `text`; returns its length in characters. Raises OSError."""
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
        """Write what is held and flush the stream. Raises OSError."""
        with self._lock:
            if self._held:
                self._give()
            self._stream.flush()

    def close(self) -> None:
        """Close the underlying stream, also if its reader is gone."""
        self._held = ""
        with suppress(OSError):
            self._stream.close()


class SafeFormatter(logging.Formatter):
    """Formats log lines, tracebacks included, and makes them safe."""

    def format(self, record: logging.LogRecord) -> str:
        """The formatted lines of `record`."""
        return safe(super().format(record), _LONGEST, lines=True)


def make_stderr_safe() -> None:
    """Make stderr safe from now on in this process; a second call does nothing."""
    if not isinstance(sys.stderr, SafeStream) and sys.stderr is not None:
        sys.stderr = SafeStream(sys.stderr)


@contextmanager
def safe_stderr() -> Iterator[None]:
    """Make stderr safe while the block runs."""
    before = sys.stderr
    make_stderr_safe()
    try:
        yield
    finally:
        with suppress(OSError, ValueError):
            sys.stderr.flush()
        sys.stderr = before
