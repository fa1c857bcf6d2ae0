"""Changes of the `run.json` of a run that is on: kept until the disk takes them, so that no full disk ends the run."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from reznet_load.core import folder as run_folder

_LEFT = "notes.json"


def leave_notes(handoff: Path, changes: tuple[dict[str, Any], ...]) -> None:
    """Next to the file `handoff`, which is on another disk as a rule; nothing where that one is full as well."""
    try:
        run_folder.write_text(handoff.with_name(_LEFT), json.dumps(changes))
    except OSError:
        pass


def left_notes(handoff: Path) -> list[dict[str, Any]]:
    """What `leave_notes` left."""
    try:
        return list(json.loads(handoff.with_name(_LEFT).read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return []


class RunNotes:
    """The changes of one process."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._waiting: list[dict[str, Any]] = []
        self.why = ""

    @property
    def waiting(self) -> tuple[dict[str, Any], ...]:
        """Changes that are not in the file yet."""
        return tuple(self._waiting)

    def update(self, **changes: Any) -> bool:
        """As `core.folder.update_info`; False where it waits for the disk."""
        self._waiting.append(changes)
        return self.flush()

    def flush(self) -> bool:
        """Write what waits."""
        try:
            while self._waiting:
                run_folder.update_info(self._folder, **self._waiting[0])
                self._waiting.pop(0)
        except OSError as error:
            self.why = error.strerror or str(error)
            return False
        return True

    def close(self, seconds: float) -> bool:
        """The last chance, `seconds` at most."""
        deadline = time.monotonic() + seconds
        while not self.flush():
            if time.monotonic() >= deadline:
                return False
            time.sleep(0.1)
        return True
