"""One Locust run as read from its files: data that are judged, and data that are only shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from reznet_load.core.run import Caution
from reznet_load.verdict.csv.table import CsvDamage, Table


@dataclass(frozen=True, slots=True)
class FailureCount:
    """A kind of failure: how often `error` occurred in the row `key`."""

    key: str
    error: str
    count: int


@dataclass(frozen=True, slots=True)
class Raised:
    """An exception of the user's own code: its message, its count, and the last line of its traceback."""

    message: str
    count: int
    last: str


@dataclass(frozen=True, slots=True)
class Course:
    """The course of a run, from its history. Times in seconds.

    started      time of its first line; `length` from there to its last
    users        the largest number at once; `ramp` from the first line until it was reached
    full         it has a line for each row (`--csv-full-history`), else for the total only
    """

    started: datetime
    length: float
    users: int
    ramp: float
    full: bool


@dataclass(frozen=True, slots=True, eq=False)
class CsvRun:
    """`readings`: the contents of the stats; two readings if the file does not show how failures were counted.

    name      its prefix, as a reader knows it; `files` that were read, by name
    format    which of Locust's formats it is, in words
    """

    name: str
    files: tuple[str, ...]
    format: str
    readings: tuple[Table, ...]
    damage: tuple[CsvDamage, ...] = ()
    cautions: tuple[Caution, ...] = ()
    failed: tuple[FailureCount, ...] = ()
    raised: tuple[Raised, ...] = ()
    course: Course | None = None
    lost: tuple[str, ...] = field(default=())

    @property
    def table(self) -> Table:
        """The reading that is shown."""
        return self.readings[0]
