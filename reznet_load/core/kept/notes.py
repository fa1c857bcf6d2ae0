"""Changes of `run.json` during a run: they are kept until they can be written, so that a full disk does not end the
run.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from reznet_load.core import folder as run_folder

_LEFT = "notes.json"


def leave_notes(handoff: Path, changes: tuple[dict[str, Any], ...]) -> None:
    """Write the changes next to the file `handoff`, which is usually on another disk; does nothing if that disk is full
    as well.
    """
    try:
        run_folder.write_text(handoff.with_name(_LEFT), json.dumps(changes))
    except OSError:
        pass


def left_notes(handoff: Path) -> list[dict[str, Any]]:
    """The changes that `leave_notes` wrote."""
    try:
        return list(json.loads(handoff.with_name(_LEFT).read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return []


class RunNotes:
    """The changes that one process makes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._waiting: list[dict[str, Any]] = []
        self.why = ""

    @property
    def waiting(self) -> tuple[dict[str, Any], ...]:
        """Changes that are not written yet."""
        return tuple(self._waiting)

    def update(self, **changes: Any) -> bool:
        """Like `core.folder.update_info`; False while the change waits for the disk."""
        self._waiting.append(changes)
        return self.flush()

    def flush(self) -> bool:
        """Write the waiting changes; False if that failed."""
        try:
            while self._waiting:
                run_folder.update_info(self._folder, **self._waiting[0])
                self._waiting.pop(0)
        except OSError as error:
            self.why = error.strerror or str(error)
            return False
        return True

    def close(self, seconds: float) -> bool:
        """Try for at most `seconds` to write the rest; False if that failed."""
        deadline = time.monotonic() + seconds
        while not self.flush():
            if time.monotonic() >= deadline:
                return False
            time.sleep(0.1)
        return True
