"""Damaged sample files: a torn last record, or records that are shifted after a torn one in the middle.

Versions before 0.2 appended partial records when the disk was full: everything after the torn record is shifted by some
bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from reznet_load.core.folder import SAMPLES
from reznet_load.core.measured.measurement import RECORD, RECORD_FIELDS
from reznet_load.core.run import Caution, RunInfo

_DTYPE = np.dtype(RECORD_FIELDS)
_NEAR_SECONDS = 60 * 86_400.0  # from the run's time: a start read from shifted bytes is 10^5 years away, or in 1970


@dataclass(frozen=True, slots=True)
class SampleDamage:
    """Damage of one file: `torn` bytes after its last whole record, and `unreadable` records of `records`."""

    file: str
    torn: int
    unreadable: int
    records: int


def lay_in(folder: Path, info: RunInfo) -> RunInfo:
    """`info` with a Caution for damaged files; void if records are unreadable."""
    found = tuple(damage(folder, info))
    return replace(info, cautions=(*info.cautions, *_cautions(found))) if found else info


def damage(folder: Path, info: RunInfo) -> Iterator[SampleDamage]:
    """The damage by file. One pass over the starts: 1 ns per byte."""
    for path in sorted((folder / SAMPLES).glob("*.bin")):
        count, torn = divmod(path.stat().st_size, RECORD.size)
        start = np.memmap(path, _DTYPE, "r", shape=(count,))["start"] if count else np.empty(0)
        near = info.origin if info.origin is not None else float(start[0]) if count else 0.0
        with np.errstate(invalid="ignore"):
            unreadable = int(np.count_nonzero(~(np.abs(start - near) < _NEAR_SECONDS)))
        if torn or unreadable:
            yield SampleDamage(path.name, torn, unreadable, count)


def _cautions(found: tuple[SampleDamage, ...]) -> Iterator[Caution]:
    if torn := [one for one in found if one.torn and not one.unreadable]:
        where = ", ".join(f"{one.torn} bytes of {one.file}" for one in torn)
        yield Caution(
            "samples_torn",
            f"The last record was not written to its end and is left out: {where}.",
            "A run that is killed may lose the measurement that it was writing. Nothing else is affected.",
        )
    if broken := [one for one in found if one.unreadable]:
        where = ", ".join(f"{one.unreadable} of {one.records} in {one.file}" for one in broken)
        yield Caution(
            "samples_unreadable",
            f"Measurements are unreadable: {where}. A record was written in part, for example to a full disk, "
            "and the records after it are shifted.",
            "Repeat the run; this version writes records whole or not at all.",
            void=True,
        )
