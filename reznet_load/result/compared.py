"""Compares judged runs with earlier runs: which runs belong together, and how their rows changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from reznet_load.core.errors import ConfigError
from reznet_load.core.text.foreign_text import for_terminal
from reznet_load.result.judged import JudgedRun
from reznet_load.result.locust.find import find
from reznet_load.result.locust.read import read_run
from reznet_load.result.locust.run import CsvRun
from reznet_load.verdict.csv.compare import WORSE, TableComparison, compare


@dataclass(frozen=True, slots=True, eq=False)
class ComparedRun:
    """`found`: how the rows of the run `name` changed since `other`; None with `why` if they cannot be compared."""

    name: str
    other: str
    found: TableComparison | None
    why: str = ""

    @property
    def worse(self) -> bool:
        """Is anything proven worse?"""
        return self.found is not None and any(change.sign == WORSE for change in self.found.changes)


def compared_with(runs: Sequence[JudgedRun], path: str) -> list[ComparedRun]:
    """Compare each of `runs` with the run of the same prefix in `path`, or with the only one there. Raises ConfigError."""
    others = find(path)
    refused = [one.refused for one in others if one.main is None]
    if refused:
        raise ConfigError(f"--compare {refused[0]}")
    read = {one.name: read_run(one) for one in others}
    return [_compared(run, read, path) for run in runs]


def _compared(run: JudgedRun, others: dict[str, CsvRun], path: str) -> ComparedRun:
    if run.run is None:
        return ComparedRun(run.name, path, None, "its files cannot be read")
    same = {Path(name).name: name for name in others}
    name = next(iter(others)) if len(others) == 1 else same.get(Path(run.name).name)
    if name is None:
        return ComparedRun(
            run.name, path, None, f"{for_terminal(path)} has no run of this prefix, it has {', '.join(others)}"
        )
    damaged = [one for one in (run.run, others[name]) if one.damage]
    if damaged:
        return ComparedRun(run.name, name, None, f"{damaged[0].name} is damaged: {damaged[0].damage[0]}")
    return ComparedRun(run.name, name, compare(others[name].table, run.run.table))
