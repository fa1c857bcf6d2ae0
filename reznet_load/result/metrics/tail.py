"""Reads what was added to the sample files of a run folder since the last call."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from reznet_load.core.folder import SAMPLES
from reznet_load.core.kept.sample_names import SampleNames
from reznet_load.core.measured.measurement import RECORD, RECORD_FIELDS

_DTYPE = np.dtype(RECORD_FIELDS)
_MOST_RECORDS = 100_000  # in one block, 2 MB: the first read of a long run must not need memory for all of it


@dataclass(slots=True)
class SampleBlock:
    """New records of one process (fields as in RECORD_FIELDS), with all its names so far."""

    process: str
    records: np.ndarray
    names: SampleNames


@dataclass(slots=True)
class _Process:
    names: SampleNames = field(default_factory=SampleNames)
    read_names: int = 0  # bytes
    read_records: int = 0  # bytes


class FolderTail:
    """`take` gives each whole record once, however often it is called."""

    def __init__(self, folder: Path) -> None:
        self._samples = folder / SAMPLES
        self._processes: dict[str, _Process] = {}

    def take(self) -> Iterator[SampleBlock]:
        """Blocks of each process. The names file is written first, so each record has a name. Raises OSError."""
        for path in sorted(self._samples.glob("*.bin")):
            seen = self._processes.setdefault(path.stem, _Process())
            until = path.stat().st_size // RECORD.size * RECORD.size
            self._take_names(path.with_name(f"{path.stem}.names.jsonl"), seen)
            with path.open("rb") as file:
                file.seek(seen.read_records)
                while seen.read_records < until:
                    raw = file.read(min(until - seen.read_records, _MOST_RECORDS * RECORD.size))
                    raw = raw[: len(raw) // RECORD.size * RECORD.size]
                    if not raw:
                        break
                    seen.read_records += len(raw)
                    yield SampleBlock(path.stem, np.frombuffer(raw, _DTYPE), seen.names)

    def _take_names(self, path: Path, seen: _Process) -> None:
        """Read whole lines only: the rest of a torn line comes later, or never."""
        try:
            with path.open("rb") as file:
                file.seek(seen.read_names)
                raw = file.read()
        except FileNotFoundError:
            return
        whole = raw[: raw.rfind(b"\n") + 1]
        seen.read_names += len(whole)
        for line in whole.decode("utf-8", "replace").splitlines():
            seen.names.add(line)
