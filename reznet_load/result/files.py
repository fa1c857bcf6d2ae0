"""The files of a run folder, or of any folder with Locust's CSVs, read once: requirements, what is known, samples, past."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from reznet_load.core import folder as run_folder
from reznet_load.core.errors import ConfigError
from reznet_load.core.measurement import Row
from reznet_load.core.nfr import Requirements, load_requirements
from reznet_load.core.profile import Phase
from reznet_load.core.run import RunInfo, read_info
from reznet_load.core.system.resources import resource
from reznet_load.result import context, locust_csv, probed, spending
from reznet_load.verdict import derived, samples


@dataclass(frozen=True, slots=True)
class RunFiles:
    """What the files of a folder hold.

    series     samples by row, of a run of ours that has any; else `csv_rows` of Locust's tables
    context    what other runs of the target say next to it (result.context); an empty one where there is none
    """

    requirements: Requirements
    info: RunInfo
    series: dict[str, samples.Series]
    csv_rows: tuple[Row, ...]
    context: dict[str, Any]


def read_files(folder: Path) -> RunFiles:
    """Read `folder`. Raises ConfigError where there is nothing to judge."""
    if not folder.exists():
        raise ConfigError(f"{folder}: not there; expected a run folder below reports/, or a folder with Locust's CSVs")
    home = folder if folder.is_dir() else folder.parent
    requirements = requirements_of(folder) if folder.is_dir() else load_requirements(resource("nfr.toml"))
    known = folder.is_dir() and (folder / run_folder.INFO).exists()
    info = read_info(folder / run_folder.INFO) if known else _foreign(folder)
    info = spending.lay_in(folder, probed.lay_in(folder, info))
    series = derived.add(samples.read(folder, info)) if known else {}
    rows = () if series else _csv_rows(folder, optional=known)
    return RunFiles(requirements, info, series, rows, context.read(home))


def requirements_of(folder: Path) -> Requirements:
    """The requirements a run was made under; the shipped ones for a folder of CSVs."""
    own, overlay = folder / "nfr.toml", folder / "nfr.overlay.toml"
    return load_requirements(own if own.exists() else resource("nfr.toml"), overlay if overlay.exists() else None)


def _csv_rows(folder: Path, optional: bool) -> tuple[Row, ...]:
    try:
        return locust_csv.read_rows(locust_csv.find(folder))
    except ConfigError:
        if optional:  # a run of ours that never wrote any: silence, judged as such
            return ()
        raise


def _foreign(folder: Path) -> RunInfo:
    """What is known of a run of another project: nothing but its CSVs."""
    name = locust_csv.find(folder).name
    return RunInfo(
        id=name, scenario="unknown", started="", host="unknown", target="unknown", users=0, ended="unknown",
        command=f"reznet-load report {folder.name}", phases=(Phase("whole run", 0, 0, 0, True),),
        notes={"source": f"Locust's CSVs ({name}): ramp-up included, scenario and users unknown"},
    )  # fmt: skip


def until_last_sample(info: RunInfo, series: dict[str, samples.Series]) -> RunInfo:
    """A killed run's judged phases end where its samples do."""
    if not series or not info.phases:
        return info
    last = max(float(one.start[-1]) for one in series.values())
    kept = [replace(phase, end=min(phase.end, last)) for phase in info.phases if phase.start < last]
    return info if info.ended and not info.interrupted else replace(info, phases=tuple(kept))
