"""The sample files of the current run: of this process, and on the master of every worker."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from reznet_load.core.folder import OPERATIONS, slug
from reznet_load.core.kept.file import KeptFile, Loss, close_patiently
from reznet_load.core.kept.samples import LAST_SECONDS, SampleFile, lines
from reznet_load.load.record import Recorder
from reznet_load.load.samples.cost_limit import Spending


class SampleFiles:
    """Names outlive folders: the numbers in records are valid for the process. No call but `open` raises OSError."""

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._names: dict[str, list[dict[str, Any]]] = {}
        self._files: dict[str, SampleFile] = {}
        self._operations: KeptFile | None = None
        self.spending = Spending()

    def open(self, folder: Path, own: str) -> None:
        """Write into the run folder `folder` from now on; the files of process `own` are opened at once."""
        self._folder = folder
        self._files = {}
        self._operations = KeptFile(folder / OPERATIONS)
        self._operations.open()
        self._file(own).open()
        for worker, names in self._names.items():
            self._file(worker).add(b"", names)

    def close(self) -> list[Loss]:
        """The run is over, later samples belong to no run; returns what could not be written within some seconds, which
        is lost.
        """
        kept = [file for sample_file in self._files.values() for file in sample_file.files]
        kept += [self._operations] if self._operations else []
        self._folder = None
        self._files = {}
        self._operations = None
        return close_patiently(kept, LAST_SECONDS)

    def append(
        self, worker: str, packed: bytes, names: list[dict[str, Any]], operations: Sequence[dict[str, Any]] = ()
    ) -> None:
        """Keep records and new names of `worker`, and write what can be written."""
        if names:
            self._names.setdefault(worker, []).extend(names)
        if self._folder is not None and self._operations is not None:
            self._file(worker).add(packed, names)
            self._operations.add(lines({"worker": slug(worker)} | one for one in operations))
            self._operations.flush()
        self.spending.see(worker, packed, names)

    def flush(self) -> None:
        """Try again to write what waits, also for workers without new samples."""
        for file in self._files.values():
            file.flush()

    def _file(self, worker: str) -> SampleFile:
        assert self._folder is not None
        if worker not in self._files:
            self._files[worker] = SampleFile(self._folder, slug(worker))
        return self._files[worker]


def write_locally(recorder: Recorder, files: SampleFiles, worker: str, whole: bool = False) -> None:
    """Write this process' own samples and operations into the run folder once; `whole` at its end."""
    files.append(worker, *recorder.take(), recorder.operations.take(whole))
    files.flush()
