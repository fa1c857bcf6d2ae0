"""What a run has spent so far: each process writes its own sum to the run folder and reads those of the others."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

from reznet_load.core.folder import write_text

_PREFIX = "spent-"


class Spent:
    """The sum of one process, `who`, and the `limit` for all processes together; USD, None: no limit. Thread-safe.

    While its file cannot be written or read, the last known sums count.
    """

    def __init__(self, folder: Path, who: str, limit: float | None) -> None:
        self._path = folder / f"{_PREFIX}{who}.json"
        self._limit = limit
        self._lock = threading.Lock()
        self._who = who
        self._others = 0.0
        self._written = True
        self._usd = 0.0
        self.stopped_at = 0.0

    def add(self, usd: float) -> None:
        """Add what was spent now. Takes 0.1 ms unless it is 0."""
        if usd:
            with self._lock:
                self._usd += usd
                self._write()

    def passed(self, now: float) -> bool:
        """Have all processes together spent more than the limit? The time (s since the epoch) of the first yes is kept."""
        if self._limit is None:
            return False
        with self._lock:
            others = sum(entry["usd"] for who, entry in read(self._path.parent).items() if who != self._who)
            self._others = max(self._others, others)  # a sum never decreases
            over = self._usd + self._others > self._limit
            if over and not self.stopped_at:
                self.stopped_at = now
                self._written = False
            if not self._written:
                self._write()
        return over

    def _write(self) -> None:
        try:
            write_text(self._path, json.dumps({"usd": self._usd, "stopped_at": self.stopped_at}) + "\n")
        except OSError:  # tried again with the next sum and the next check
            self._written = False
        else:
            self._written = True


def read(folder: Path) -> dict[str, dict[str, Any]]:
    """Process -> `usd` and `stopped_at` (0: it did not have to stop); {} if nothing was paid for."""
    found = {}
    try:
        paths = sorted(folder.glob(f"{_PREFIX}*.json"))
    except OSError:  # no free descriptor
        return {}
    for path in paths:
        try:
            entry = json.loads(path.read_text(encoding="utf-8"))
            found[path.stem.removeprefix(_PREFIX)] = {name: float(entry[name]) for name in ("usd", "stopped_at")}
        except (OSError, ValueError, TypeError, KeyError):
            continue
    return found


def total(folder: Path) -> float:
    """USD of all processes."""
    return float(sum(entry["usd"] for entry in read(folder).values()))
