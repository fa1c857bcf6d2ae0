"""Exports the samples of a run as one table for other tools: Parquet for pandas and DuckDB, or CSV.

The raw records remain what a run writes and what is judged: they are complete after every append, can be read years
later without a library, and ten million of them are mapped and sorted in seconds. A table is made from them on demand.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from reznet_load.core import folder as run_folder
from reznet_load.core.errors import ConfigError
from reznet_load.core.run import RunInfo
from reznet_load.core.run_files import read_info
from reznet_load.verdict import samples
from reznet_load.verdict.samples import Series

COLUMNS = ("kind", "name", "unit", "start", "value", "late", "error", "process", "phase")
_WORDS = ("kind", "name", "unit", "error", "process", "phase")
_AT_ONCE = 1_000_000  # rows of a Parquet row group; this many are in memory in addition to the samples themselves
_CSV_AT_ONCE = 50_000

Part = dict[str, Any]  # column -> array of numbers, or (indices, the words they stand for)


def export(folder: Path, out: Path) -> int:
    """Write the samples of `folder` to `out`, completely or not at all; returns how many. Raises ConfigError."""
    writers = {".parquet": _write_parquet, ".csv": _write_csv}
    if out.suffix not in writers:
        raise ConfigError(f"--out: read {str(out)!r}; expected a name that ends in .parquet or .csv")
    info, found = _samples(folder)
    staging = out.with_name(f".{out.name}.part")
    try:
        with staging.open("wb"):
            pass  # checks before the work that the folder exists and can be written
        size = _AT_ONCE if out.suffix == ".parquet" else _CSV_AT_ONCE
        writers[out.suffix](staging, parts(info, found, samples.processes(folder), size))
        staging.replace(out)
    except OSError as error:
        raise ConfigError(f"--out {out}: {error.strerror}; choose another place") from None
    finally:
        staging.unlink(missing_ok=True)
    return sum(map(len, found.values()))


def _samples(folder: Path) -> tuple[RunInfo, dict[str, Series]]:
    if not (folder / run_folder.INFO).exists():
        raise ConfigError(f"{folder}: no run.json is there; expected a run folder, reports/latest for example")
    info = read_info(folder / run_folder.INFO)
    found = samples.read(folder, info)
    if not found:
        raise ConfigError(f"{folder}: it has no samples; they are written by runs of reznet-load's own scenarios")
    return info, found


def parts(info: RunInfo, found: dict[str, Series], processes: tuple[str, ...], size: int) -> Iterator[Part]:
    """The table in parts of at most `size` rows: one row of the report after another, each ordered by start."""
    for key, series in found.items():
        kind, _, name = key.partition(" ")
        for begin in range(0, len(series), size):
            here = slice(begin, begin + size)
            start = series.start[here]
            constant = np.zeros(len(start), np.int32)
            yield {
                "kind": (constant, [kind]),
                "name": (constant, [name]),
                "unit": (constant, [series.unit]),
                "start": start,
                "value": series.value[here],
                "late": series.late[here],
                "error": (series.error[here].astype(np.int32), list(series.texts)),
                "process": (series.worker[here].astype(np.int32), list(processes)),
                "phase": _phases(info, start),
            }


def _phases(info: RunInfo, start: np.ndarray) -> tuple[np.ndarray, list[str]]:
    """The phase of each start; "" outside of all phases."""
    number = np.zeros(len(start), np.int32)
    for place, phase in enumerate(info.phases, 1):
        number[(start >= phase.start) & (start < phase.end)] = place
    return number, ["", *(phase.name for phase in info.phases)]


def _write_csv(path: Path, made: Iterator[Part]) -> None:
    """Write CSV; a cell is empty if not timed, not scheduled, or without error. `start` in s since the epoch, `late` in
    s.
    """
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(COLUMNS)
        for part in made:
            table.writerows(zip(*(_plain(part[name], name) for name in COLUMNS), strict=True))


def _plain(column: Any, name: str) -> list[str]:
    if name in _WORDS:
        numbers, words = column
        return [words[number] for number in numbers]
    form = "{:.6f}" if name == "start" else "{:.7g}"
    return ["" if value != value else form.format(value) for value in column.tolist()]  # NaN differs from itself


def _write_parquet(path: Path, made: Iterator[Part]) -> None:
    """Write Parquet with the same columns; words are dictionary-encoded, empty numbers are null."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise ConfigError(
            "--out: Parquet needs pyarrow (55 MB): pip install 'reznet-load[parquet]', or write a .csv"
        ) from None
    word = pyarrow.dictionary(pyarrow.int32(), pyarrow.string())
    number = {"start": pyarrow.float64(), "value": pyarrow.float32(), "late": pyarrow.float32()}
    schema = pyarrow.schema([(name, word if name in _WORDS else number[name]) for name in COLUMNS])
    with pyarrow.parquet.ParquetWriter(path, schema, compression="zstd") as file:
        for part in made:
            arrays = [
                pyarrow.DictionaryArray.from_arrays(*part[name])
                if name in _WORDS
                else pyarrow.array(part[name], number[name], from_pandas=True)
                for name in COLUMNS
            ]
            file.write_table(pyarrow.Table.from_arrays(arrays, schema=schema))
