"""Reads the samples of a run folder as they are on disk, sorts them by row once, summarises them by phase.

No loop over samples: 10 million samples are one memory map per worker, one sort, and slices of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from reznet_load.core.folder import SAMPLES
from reznet_load.core.kept.sample_names import SampleNames
from reznet_load.core.measured.measurement import CUT_OFF, MISSING, RECORD, RECORD_FIELDS
from reznet_load.core.measured.named_row import GAUGE
from reznet_load.core.profile import Phase
from reznet_load.core.run import RunInfo

_DTYPE = np.dtype(RECORD_FIELDS)
assert _DTYPE.itemsize == RECORD.size
_FEW = 5  # starts; a median of fewer means nothing
_UNKNOWN = "unknown"  # a number without a name, because the names file was cut off


@dataclass(frozen=True, slots=True)
class Series:
    """The measurements of one row, ordered by start.

    start    s since the epoch by the master's clock
    value    in `unit`, NaN: not timed
    late     s after the scheduled start, NaN: none was scheduled
    error    index into `texts`, 0: succeeded
    worker   index of the process that measured it
    user     number of the user in that process, only for rounds
    behind   s after the scheduled start for users who wait as people do (verdict/intended.py); None: as `late`
    """

    key: str
    unit: str
    start: np.ndarray
    value: np.ndarray
    late: np.ndarray
    error: np.ndarray
    worker: np.ndarray
    texts: tuple[str, ...]
    user: np.ndarray | None = None
    behind: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.start)

    @property
    def cut_off(self) -> np.ndarray:
        """Which were still running when their users were stopped."""
        return self._with(CUT_OFF)

    @property
    def missing(self) -> np.ndarray:
        """Which never came: parts of turns that failed, with their time-out as value."""
        return self._with(MISSING)

    def _with(self, wanted: str) -> np.ndarray:
        return np.isin(self.error, [number for number, text in enumerate(self.texts) if text == wanted])

    @property
    def valued(self) -> np.ndarray:
        """Which have a time that is judged: timed successes, and parts that never came."""
        return (self.ok | self.missing) & ~np.isnan(self.value)

    @property
    def ok(self) -> np.ndarray:
        """Which succeeded."""
        return self.error == 0

    @property
    def failed(self) -> np.ndarray:
        """Which failed. Cut-off turns are neither; a part that never came is counted where its turn failed."""
        return (self.error != 0) & ~self.cut_off & ~self.missing

    def within(self, phase: Phase) -> Series:
        """Those that started in `phase`."""
        low, high = np.searchsorted(self.start, [phase.start, phase.end])
        part = slice(int(low), int(high))
        return self._chosen(lambda array: array[part])

    @property
    def waited(self) -> np.ndarray:
        """Seconds after the scheduled start, used for times from there; NaN: none was scheduled."""
        return self.late if self.behind is None else self.behind

    def without(self, part: slice) -> Series:
        """All except those of `part`."""
        return self._chosen(lambda array: np.delete(array, part))

    def _chosen(self, choose: Callable[[np.ndarray], np.ndarray]) -> Series:
        columns = ("start", "value", "late", "error", "worker", "user", "behind")
        arrays = {name: getattr(self, name) for name in columns}
        chosen: dict[str, Any] = {name: choose(array) for name, array in arrays.items() if array is not None}
        return replace(self, **chosen)

    def reached(self, phase: Phase) -> float:
        """Share of the planned starts that were made in `phase`; 1 if nothing was planned or too little is known.

        Users who fall behind by d seconds in t make (t - d)/t of them; d is the difference of the median lateness
        between the first and the last fifth of the phase.
        """
        part = self.within(phase)
        known = ~np.isnan(part.late)
        start = part.start[known]
        late = part.late[known]
        fifth = phase.seconds / 5
        first, last = late[start < phase.start + fifth], late[start >= phase.end - fifth]
        if min(len(first), len(last)) < _FEW:
            return 1.0
        return min(1.0, 1 - float(np.median(last) - np.median(first)) / (4 * fifth))


def processes(folder: Path) -> tuple[str, ...]:
    """The processes that measured, in the order of `Series.worker`."""
    return tuple(sorted(path.stem for path in (folder / SAMPLES).glob("*.bin")))


def read(folder: Path, info: RunInfo) -> dict[str, Series]:
    """Row key -> its series; {} if there are no samples. Torn last records and lines are ignored."""
    parts: dict[str, list[tuple[np.ndarray, ...]]] = {}
    units: dict[str, str] = {}
    texts: dict[str, int] = {"": 0}
    for worker, name in enumerate(processes(folder)):
        path = folder / SAMPLES / f"{name}.bin"
        names, errors = _names(path.with_name(f"{name}.names.jsonl"))
        units |= names.units
        numbers = np.array([texts.setdefault(text, len(texts)) for text in errors], dtype=np.uint16)
        for key, records in _by_row(_records(path), names.rows):
            is_round = key in names.of_users
            error = numbers[0 * records["error"] if is_round else np.minimum(records["error"], len(numbers) - 1)]
            place = np.full(len(records), worker, np.uint16)
            start = on_masters_clock(info, name, records["start"])
            by_user = (records["error"],) if is_round else ()
            columns = (start, _finite(records["value"]), records["late"], error, place, *by_user)
            parts.setdefault(key, []).append(columns)
    known = tuple(texts)
    return {key: _joined(key, units.get(key, "count"), found, known) for key, found in sorted(parts.items())}


def on_masters_clock(info: RunInfo, process: str, start: np.ndarray) -> np.ndarray:
    """`start` (s by the clock of `process`) converted to the master's clock; the offset is interpolated between
    readings.
    """
    readings = info.clock_readings.get(process)
    if not readings:
        return start - info.clock_offsets.get(process, 0.0)
    at, ahead = np.array(readings, dtype=float).T
    return start - np.interp(start, at, ahead)


def _records(path: Path) -> np.ndarray:
    count = path.stat().st_size // RECORD.size
    return np.memmap(path, _DTYPE, "r", shape=(count,)) if count else np.empty(0, _DTYPE)


def _finite(value: np.ndarray) -> np.ndarray:
    """`value` with NaN ("happened, not timed") for infinite values of a server, which no mean or share can include."""
    infinite = np.isinf(value)
    return np.where(infinite, np.float32(np.nan), value) if infinite.any() else value


def _by_row(records: np.ndarray, names: dict[int, str]) -> Iterator[tuple[str, np.ndarray]]:
    if not len(records):
        return
    rows = np.asarray(records["row"])
    order = np.argsort(rows, kind="stable")  # radix sort on 16 bits: linear
    found, begins = np.unique(rows[order], return_index=True)
    for row, part in zip(found, np.split(order, begins[1:]), strict=True):
        yield names.get(int(row), f"{GAUGE} {_UNKNOWN} row {row}"), records[part]


def _names(path: Path) -> tuple[SampleNames, list[str]]:
    """The names of one process, and its error texts by number."""
    found = SampleNames()
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    for line in lines:
        found.add(line)
    return found, [found.errors.get(number, f"{_UNKNOWN} error") for number in range(max(found.errors) + 2)]


def _joined(key: str, unit: str, parts: list[tuple[np.ndarray, ...]], texts: tuple[str, ...]) -> Series:
    columns = [np.concatenate(column) for column in zip(*parts, strict=False)]  # not every process records user numbers
    order = np.argsort(columns[0], kind="stable")
    start, value, late, error, worker, *user = (column[order] for column in columns)
    return Series(key, unit, start, value, late, error, worker, texts, *user)
