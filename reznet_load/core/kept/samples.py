"""The sample files of one process in a run folder: names are written before the records that use them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from reznet_load.core.folder import SAMPLES
from reznet_load.core.kept.file import KeptFile, Loss, close_patiently
from reznet_load.core.measured.measurement import RECORD
from reznet_load.core.run import Caution
from reznet_load.core.text.foreign_text import safe_all

LAST_SECONDS = 5.0  # waiting at the end of a run for a disk that is full
LOST = "samples_lost"  # id of the Caution


class SampleFile:
    """`samples/<process>.bin` and its names."""

    def __init__(self, folder: Path, process: str) -> None:
        self._names = KeptFile(folder / SAMPLES / f"{process}.names.jsonl")
        self._records = KeptFile(folder / SAMPLES / f"{process}.bin", RECORD.size)

    @property
    def files(self) -> list[KeptFile]:
        """The names file, then the records file."""
        return [self._names, self._records]

    @property
    def cut(self) -> int:
        """Bytes of a torn record that were cut off at the end of the file."""
        return self._records.cut

    def open(self) -> None:
        """Open both files before users exist, who may take the last descriptors."""
        for file in self.files:
            file.open()

    def add(self, packed: bytes, names: Iterable[Mapping[str, Any]]) -> bool:
        """Keep records and the names that they use for the first time, and write what can be written; False if some
        waits.
        """
        self._names.add(lines(names))
        self._records.add(packed)
        return self.flush()

    def flush(self) -> bool:
        """Try again to write, names first; False if some still waits."""
        return self._names.flush() and self._records.flush()

    def close(self, seconds: float = LAST_SECONDS) -> list[Loss]:
        """Close both files, waiting at most `seconds` for the disk; returns what was lost."""
        return close_patiently(self.files, seconds)


def lines(items: Iterable[Mapping[str, Any]]) -> bytes:
    """One JSON object per line."""
    return "".join(json.dumps(safe_all(item), ensure_ascii=False) + "\n" for item in items).encode("utf-8", "replace")


def lost_caution(losses: Sequence[Loss]) -> Caution | None:
    """A void Caution: without some of its samples a run proves nothing, whichever they are. None if nothing was lost."""
    if not losses:
        return None
    items = sum(loss.items for loss in losses)
    where = ", ".join(f"{loss.items} of {loss.file}" for loss in losses)
    why = next((loss.why for loss in losses if loss.why), "unknown")
    return Caution(
        LOST,
        f"{items} measurements were lost because the run folder could not be written: {why} ({where}).",
        "Free space on the disk of --reports, or choose another folder, and repeat the run.",
        void=True,
    )
