"""A run folder becomes a RunResult: rows, verdicts, cautions, outcome."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from reznet_load.core import folder as run_folder
from reznet_load.core.errors import ConfigError
from reznet_load.core.measurement import Row
from reznet_load.core.nfr import Requirements, load_requirements
from reznet_load.core.regression import PROVEN
from reznet_load.core.run import RunInfo, RunResult, outcome_of, read_info
from reznet_load.core.system.resources import resource
from reznet_load.result import context, probed, spending
from reznet_load.result.locust.rows import rows as csv_rows
from reznet_load.result.past import beside_past
from reznet_load.verdict import derived, samples
from reznet_load.verdict.beyond.degradation import degradation
from reznet_load.verdict.beyond.drift import drift
from reznet_load.verdict.beyond.outages import judge_outages
from reznet_load.verdict.capacity.answer import capacity, line
from reznet_load.verdict.cautions import cautions
from reznet_load.verdict.csv.table import Table
from reznet_load.verdict.diagnosis.diagnose import diagnose, explained
from reznet_load.verdict.diagnosis.evidence import gather
from reznet_load.verdict.judge import judge, void
from reznet_load.verdict.steps import steps


def requirements_of(folder: Path) -> Requirements:
    """The requirements a run was made under; the shipped ones where it has none."""
    own, overlay = folder / "nfr.toml", folder / "nfr.overlay.toml"
    return load_requirements(own if own.exists() else resource("nfr.toml"), overlay if overlay.exists() else None)


@dataclass(frozen=True, slots=True)
class RunFiles:
    """What the files of a folder hold: `series` of its samples, else the `table` of Locust's CSVs, else neither."""

    requirements: Requirements
    info: RunInfo
    series: dict[str, samples.Series]
    table: Table | None


def assemble(folder: Path) -> RunResult:
    """Judge `folder` from its files. Raises ConfigError where there is nothing to judge."""
    found = evidence(folder)
    result = ended(folder, found)
    info = result.info
    rows = samples.rows(found.series, info.phases) if found.series else _rows(found.table)
    kept = run_folder.OPERATIONS if (folder / run_folder.OPERATIONS).exists() else ""
    worse = frozenset(one.id for one in result.regressions if one.kind == PROVEN)
    gathered = gather(info, rows, found.series, result.verdicts, found.requirements, worse)
    held = explained(found.requirements, info, rows, found.series, result.steps)
    return replace(result, rows=rows, findings=diagnose(gathered), operations=kept, steps=held)


def ended(folder: Path, found: RunFiles) -> RunResult:
    """A run that is over: `judged`, with what is judged beside the requirements and what its past says."""
    info = until_last_sample(found.info, found.series)
    result = judged(replace(found, info=info))
    about = (found.requirements, info, found.series)
    held = steps(*about)
    most = capacity(held)
    beside = void((*degradation(*about), *drift(*about), *line(most)), result.cautions)
    outcome, code = outcome_of(info, (*result.verdicts, *beside), result.cautions)
    result = replace(result, outcome=outcome, exit_code=code, steps=held, behaviour=beside, capacity=most)
    return beside_past(result, found.requirements, context.read(folder))


def judged(found: RunFiles) -> RunResult:
    """Verdicts, cautions and outcome; no rows and no findings."""
    about = cautions(found.info, found.series)
    made = judge(found.requirements, found.info, found.series, found.table)
    verdicts = void((*made, *judge_outages(found.requirements, found.info, found.series)), about)
    outcome, code = outcome_of(found.info, verdicts, about)
    return RunResult(outcome, code, found.info, verdicts=verdicts, cautions=about)


def evidence(folder: Path) -> RunFiles:
    """Read `folder`. Raises ConfigError where there is nothing to judge."""
    if not folder.exists():
        raise ConfigError(f"{folder}: not there; expected a run folder below reports/, or a folder with Locust's CSVs")
    if not (folder / run_folder.INFO).exists():
        raise ConfigError(
            f"{folder}: no run.json is there; `reznet-load judge {folder}` judges the CSVs of any Locust run"
        )
    requirements = requirements_of(folder)
    info = spending.lay_in(folder, probed.lay_in(folder, read_info(folder / run_folder.INFO)))
    series = derived.add(samples.read(folder, info))
    return RunFiles(requirements, info, series, None if series else _table(folder))


def _table(folder: Path) -> Table | None:
    """Locust's own rows of a run of ours that has no samples; None where it never wrote any, or they are damaged."""
    from reznet_load.result.locust.find import find  # pandas, which a run with samples need not pay
    from reznet_load.result.locust.read import read_run

    try:
        read = [read_run(found) for found in find(str(folder)) if found.main is not None]
    except ConfigError:
        return None
    return read[0].table if read and not read[0].damage else None


def _rows(table: Table | None) -> tuple[Row, ...]:
    return csv_rows(table, "whole run") if table is not None else ()


def until_last_sample(info: RunInfo, series: dict[str, samples.Series]) -> RunInfo:
    """A killed run's judged phases end where its samples do."""
    if not series or not info.phases:
        return info
    last = max(float(one.start[-1]) for one in series.values())
    kept = [replace(phase, end=min(phase.end, last)) for phase in info.phases if phase.start < last]
    return info if info.ended and not info.interrupted else replace(info, phases=tuple(kept))
