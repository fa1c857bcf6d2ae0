"""The interface of probes: a probe measures one part of the system at intervals, during the load but not through it."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from reznet_load.core.folder import INFO
from reznet_load.core.measured.ledger import Ledger
from reznet_load.core.measured.named_row import NamedRow
from reznet_load.core.run import RunInfo
from reznet_load.core.run_files import read_info
from reznet_load.core.settings.settings import Settings
from reznet_load.core.system import clock
from reznet_load.dialects.every import spoken

MOST_BEHIND = 25  # slots that a task catches up; a server that stays slower would otherwise be queried without pause


class ProbeError(Exception):
    """A probe cannot run, or cannot go on; the text is the reason for the reader, without secrets."""


class ProbeTimeout(ProbeError):
    """The server is there but did not answer in time: what was being timed took too long, which is not silence."""


class ProbeRefused(ProbeError):
    """The server refused: what a probe needs does not exist, or is not allowed."""


class ProbeDefect(ProbeError):
    """The probe itself failed with an unexpected error: that says nothing about the server, but must be reported."""


@dataclass(frozen=True, slots=True)
class Task:
    """`act(due)` every `every` seconds, after a random start; `due` in seconds since the epoch.

    within   seconds of silence after which the server counts as away, even if it answers then; set if no driver gives
             up earlier
    """

    every: float
    act: Callable[[float], None]
    within: float = math.inf


class Notes:
    """Where probes write samples, from any thread."""

    def __init__(self) -> None:
        self._ledger = Ledger()
        self._lock = threading.Lock()

    def timed(self, row: NamedRow, milliseconds: float, due: float, error: str | None = None) -> None:
        """Record a value of `row` in ms; `due` is its scheduled start."""
        with self._lock:
            self._ledger.add(row.kind, row.name, row.unit, milliseconds, due, None, error)

    def gauge(self, row: NamedRow, value: float) -> None:
        """Record a value of `row` at this moment."""
        with self._lock:
            self._ledger.add(row.kind, row.name, row.unit, value, clock.now())

    def count(self, row: NamedRow, value: float, at: float) -> None:
        """Record a value of `row` for something that began at `at`."""
        with self._lock:
            self._ledger.add(row.kind, row.name, row.unit, value, at)

    def share(self, row: NamedRow, good: int, bad: int, at: float) -> None:
        """Record `row` in percent: `good` samples of 100 and `bad` of 0, all at `at`."""
        with self._lock:
            for value, count in ((100.0, good), (0.0, bad)):
                for _ in range(count):
                    self._ledger.add(row.kind, row.name, row.unit, value, at)

    def take(self) -> tuple[bytes, list[dict[str, Any]]]:
        """(packed records, new names) since the last call."""
        with self._lock:
            return self._ledger.take()


@dataclass(frozen=True, slots=True)
class ProbedRun:
    """The input for making a probe: the run's folder, its settings, and where samples are written."""

    folder: Path
    settings: Settings
    notes: Notes

    def info(self) -> RunInfo:
        """The present run info."""
        return read_info(self.folder / INFO)

    def dialect(self) -> Any:
        """What the backend speaks, with the deployment's own paths. Raises ConfigError."""
        facts = self.info().deployment
        name = facts.dialect if facts.is_reznet else self.settings.dialect
        return spoken(name, self.settings.path, facts.moved)


class Probe(Protocol):
    """`name` is the probe's name in `core.probes`. `open` and `close` return facts before and after the load, for the
    reader.

    A class named in `core.probes` also has `of_run(run: ProbedRun)`, which makes a probe that is not yet connected.
    Both raise ProbeError. Tasks run in threads of their own; a ProbeError that they raise is recorded, and they are
    tried again.
    """

    name: str

    def open(self) -> dict[str, Any]:
        """Connect; returns what is known before the load."""

    def tasks(self) -> list[Task]:
        """What to do during the load."""

    def close(self) -> dict[str, Any]:
        """Close connections; returns what is known after the load."""
