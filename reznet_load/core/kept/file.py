"""A file for appending: whole items, each once, in order. What cannot be written is kept and tried again.

A full disk, or a process without a free descriptor, costs memory but no data. No call raises OSError.
"""

from __future__ import annotations

import os
import stat
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path

MOST_BYTES = 256 << 20  # kept for one file: 13 million samples; what exceeds it is counted as lost


@dataclass(frozen=True, slots=True)
class Loss:
    """`items` of `file` (its name) that were never written, and why; `what` says what an item is."""

    file: str
    what: str
    items: int
    why: str


class KeptFile:
    """Appends to `path`. An item is `size` bytes (a record), or a line of text if `size` is 0.

    A torn record that an earlier writer left at the end is cut off and counted in `cut` (bytes). A torn line is
    completed with a line end and stays, because the file may be the user's.
    """

    def __init__(self, path: Path, size: int = 0) -> None:
        self._path = path
        self._size = size
        self._handle: int | None = None
        self._length = 0  # bytes of whole items in the file
        self._regular = True
        self._waiting: deque[bytes] = deque()
        self._bytes = 0  # bytes that wait
        self._dropped = 0  # items
        self.cut = 0
        self.why = ""  # reason of the last failure

    @property
    def waiting(self) -> int:
        """Bytes that are not written yet."""
        return self._bytes

    def add(self, items: bytes) -> None:
        """Add whole items, which the next `flush` writes."""
        if items and self._bytes + len(items) > MOST_BYTES:
            self._dropped += self._count(items)
        elif items:
            self._waiting.append(items)
            self._bytes += len(items)

    def open(self) -> bool:
        """Open the file now, while descriptors are free; False if that failed."""
        try:
            self._open()
        except OSError as error:
            self.why = error.strerror or str(error)
            return False
        return True

    def flush(self) -> bool:
        """Write what waits; False if some of it still does."""
        if not self._waiting:
            return True
        try:
            handle = self._open()
            while self._waiting:
                self._write(handle, self._waiting[0])
                self._bytes -= len(self._waiting.popleft())
        except OSError as error:
            self.why = error.strerror or str(error)
            return False
        return True

    def close(self) -> Loss | None:
        """Close the file; what could not be written is returned as lost."""
        self.flush()
        lost = self._dropped + sum(self._count(items) for items in self._waiting)
        self._waiting.clear()
        self._bytes = self._dropped = 0
        self._release()
        return Loss(self._path.name, "sample" if self._size else "line", lost, self.why) if lost else None

    def _count(self, items: bytes) -> int:
        return len(items) // self._size if self._size else items.count(b"\n")

    def _open(self) -> int:
        if self._handle is None:
            handle = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
            try:
                self._look(handle)
            except OSError:
                os.close(handle)
                raise
            self._handle = handle
        return self._handle

    def _look(self, handle: int) -> None:
        """Find where the last whole item ends."""
        found = os.fstat(handle)
        self._regular = stat.S_ISREG(found.st_mode)
        self._length = found.st_size
        if self._regular and self._size and self._length % self._size:
            self._length -= self._length % self._size
            os.ftruncate(handle, self._length)
            self.cut += found.st_size - self._length
        elif self._regular and self._length and not self._size and os.pread(handle, 1, self._length - 1) != b"\n":
            self._waiting.appendleft(b"\n")
            self._bytes += 1

    def _write(self, handle: int, items: bytes) -> None:
        """Write all of `items`, or none of it if the file can be truncated."""
        left = memoryview(items)
        try:
            while left:
                left = left[os.write(handle, left) :]
        except OSError:
            self._take_back(handle, items, len(left))
            raise
        self._length += len(items)

    def _take_back(self, handle: int, items: bytes, left: int) -> None:
        if not self._regular:  # a pipe cannot take back what was written: the rest of this item comes next
            self._waiting[0] = items[len(items) - left :]
            self._bytes -= len(items) - left
            return
        try:
            os.ftruncate(handle, self._length)
        except OSError:  # opening it again checks its end again
            self._release()

    def _release(self) -> None:
        handle = self._handle
        self._handle = None
        if handle is not None:
            try:
                os.close(handle)
            except OSError as error:  # NFS reports a failed write only on close
                self.why = error.strerror or str(error)


def close_patiently(files: list[KeptFile], seconds: float) -> list[Loss]:
    """Close all of `files`; tries for at most `seconds` to write what still waits."""
    deadline = time.monotonic() + seconds
    while sum(not file.flush() for file in files) and time.monotonic() < deadline:
        time.sleep(0.1)
    return [loss for file in files if (loss := file.close()) is not None]
