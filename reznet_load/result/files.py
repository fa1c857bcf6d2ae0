"""Reads the files of a run folder once: requirements, run info, samples, past."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from reznet_load.core import folder as run_folder
from reznet_load.core.errors import ConfigError
from reznet_load.core.measured.measurement import Row
from reznet_load.core.nfr import Requirements, load_requirements
from reznet_load.core.run import RunInfo
from reznet_load.core.run_files import read_info
from reznet_load.core.system.resources import resource
from reznet_load.result import context, probed, sample_damage, spending, stood_still
from reznet_load.result.context import RunContext
from reznet_load.result.locust.rows import rows as csv_rows
from reznet_load.verdict import derived, samples
from reznet_load.verdict.csv.table import Table


@dataclass(frozen=True, slots=True)
class RunFiles:
    """The contents of a run folder's files.

    series     samples by row; without samples, the `table` of Locust's CSVs is used if they exist
    context    other runs of the target (result.context); empty if there is none
    """

    requirements: Requirements
    info: RunInfo
    series: dict[str, samples.Series]
    table: Table | None
    context: RunContext

    @property
    def table_rows(self) -> tuple[Row, ...]:
        """The rows of Locust's CSVs; () if there are samples, or no CSVs."""
        return csv_rows(self.table, "whole run") if self.table is not None else ()


def read_files(folder: Path, new: bool = False) -> RunFiles:
    """Read `folder`; `new`: collect the context from the other runs as they are now, and write it to the folder.

    Raises ConfigError if there is nothing to judge.
    """
    if not folder.exists():
        raise ConfigError(f"{folder}: not there; expected a run folder below reports/, or a folder with Locust's CSVs")
    if not (folder / run_folder.INFO).exists():
        raise ConfigError(
            f"{folder}: no run.json is there; `reznet-load judge {folder}` judges the CSVs of any Locust run"
        )
    requirements, info = requirements_of(folder), read_info(folder / run_folder.INFO)
    if new:  # first, because the past affects the outcome too
        context.write(folder, context.collect(folder, info, requirements.expected_users))
    info = sample_damage.lay_in(folder, spending.lay_in(folder, probed.lay_in(folder, info)))
    series = derived.add(samples.read(folder, info), info)
    info = stood_still.lay_in(folder, info, series)
    return RunFiles(requirements, info, series, None if series else _table(folder), context.read(folder))


def requirements_of(folder: Path) -> Requirements:
    """The requirements a run was made under; the shipped ones if its folder has none."""
    own, overlay = folder / "nfr.toml", folder / "nfr.overlay.toml"
    return load_requirements(own if own.exists() else resource("nfr.toml"), overlay if overlay.exists() else None)


def _table(folder: Path) -> Table | None:
    """Locust's own rows of a run of ours without samples; None if Locust wrote none, or they are damaged."""
    from reznet_load.result.locust.find import find  # imports pandas, which a run with samples does not need
    from reznet_load.result.locust.read import read_run

    try:
        read = [read_run(found) for found in find(str(folder)) if found.main is not None]
    except ConfigError:
        return None
    return read[0].table if read and not read[0].damage else None


def until_last_sample(info: RunInfo, series: dict[str, samples.Series]) -> RunInfo:
    """`info` in which the judged phases of a run that was killed or stopped early end with its samples."""
    if not series or not info.phases:
        return info
    last = max(float(one.start[-1]) for one in series.values())
    kept = [replace(phase, end=min(phase.end, last)) for phase in info.phases if phase.start < last]
    return info if info.ended and not (info.interrupted or info.stopped) else replace(info, phases=tuple(kept))
