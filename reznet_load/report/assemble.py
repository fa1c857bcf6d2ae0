"""A run folder becomes a RunResult: rows, verdicts, cautions, outcome. Also any folder with Locust's CSVs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from reznet_load.core import folder as run_folder
from reznet_load.core.errors import ConfigError
from reznet_load.core.measurement import Row
from reznet_load.core.nfr import Requirements, load_requirements
from reznet_load.core.profile import Phase
from reznet_load.core.resources import resource
from reznet_load.core.run import Caution, RunInfo, RunResult, outcome_of, read_info
from reznet_load.report import locust_csv
from reznet_load.verdict import samples
from reznet_load.verdict.cautions import cautions
from reznet_load.verdict.judge import judge, void


def requirements_of(folder: Path) -> Requirements:
    """The requirements a run was made under; the shipped ones for a folder of CSVs."""
    own, overlay = folder / "nfr.toml", folder / "nfr.overlay.toml"
    return load_requirements(own if own.exists() else resource("nfr.toml"), overlay if overlay.exists() else None)


def assemble(folder: Path) -> RunResult:
    """Judge a run folder, or another project's CSVs (their folder, file or prefix). Raises ConfigError."""
    known = (folder / run_folder.INFO).exists()
    if known:
        requirements, info = requirements_of(folder), read_info(folder / run_folder.INFO)
        series = samples.read(folder, info)
        info = _with_phases(info, series)
        csv_rows = () if series else _own_csv_rows(folder)
    else:
        stats = locust_csv.find(folder)
        requirements, info, series = requirements_of(stats.parent), _foreign(stats), {}
        csv_rows = locust_csv.read_rows(stats)
    rows = samples.rows(series, info.phases) if series else csv_rows
    found = cautions(info, series)
    verdicts = void(judge(requirements, info, series, csv_rows), found)
    outcome, code = outcome_of(info, verdicts, found)
    return RunResult(outcome, code, info, rows, verdicts, found)


def _own_csv_rows(folder: Path) -> tuple[Row, ...]:
    """Of a run of ours that lost its samples; one that never wrote anything is silence, and judged as such."""
    try:
        return locust_csv.read_rows(locust_csv.find(folder))
    except ConfigError:
        return ()


def _foreign(stats: Path) -> RunInfo:
    """What is known of a run of another project: nothing but its CSVs."""
    beside = locust_csv.read_beside(stats)
    begin, end = beside.start or 0.0, beside.end or 0.0
    return RunInfo(
        id=stats.name,
        scenario="unknown",
        started=_iso(beside.start),
        ended=_iso(beside.end),
        host="unknown",
        target="unknown",
        users=beside.users,
        origin=beside.start,
        duration=end - begin,
        command=f"reznet-load report {stats.name}",
        phases=(Phase(locust_csv.WHOLE, begin, end, beside.users, True),),
        notes={"source": f"Locust's CSVs ({stats.name}): ramp-up included, scenario and target unknown"},
        cautions=tuple(_beside_cautions(beside)),
    )


def _iso(seconds: float | None) -> str:
    return "" if seconds is None else datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _beside_cautions(beside: locust_csv.Beside) -> Iterator[Caution]:
    for text in beside.unread:
        yield Caution("unread_csv", f"Left out: {text}.", "Give the file as Locust wrote it, or take it away.")
    if beside.exceptions:
        yield Caution(
            "user_exceptions",
            f"{beside.exceptions} exceptions in the load test's own user code, the first: {beside.first[:200]}.",
            "What these users did then is not measured; the *_exceptions.csv has the tracebacks.",
        )


def _with_phases(info: RunInfo, series: dict[str, samples.Series]) -> RunInfo:
    """A killed or interrupted run's phases end where its samples do."""
    if not series or not info.phases or (info.ended and not info.interrupted):
        return info
    last = max(float(one.start[-1]) for one in series.values())
    kept = [replace(phase, end=min(phase.end, last)) for phase in info.phases if phase.start < last]
    return replace(info, phases=tuple(kept))
