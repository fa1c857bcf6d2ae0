"""A run folder becomes a RunResult: rows, verdicts, cautions, outcome. Also any folder with Locust's CSVs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from reznet_load.core import folder as run_folder
from reznet_load.core.errors import ConfigError
from reznet_load.core.measurement import Row
from reznet_load.core.nfr import Requirements, load_requirements
from reznet_load.core.profile import Phase
from reznet_load.core.regression import PROVEN
from reznet_load.core.run import RunInfo, RunResult, outcome_of, read_info
from reznet_load.core.system.resources import resource
from reznet_load.result import context, locust_csv, probed, spending
from reznet_load.result.past import beside_past
from reznet_load.verdict import derived, samples
from reznet_load.verdict.beyond.degradation import degradation
from reznet_load.verdict.beyond.drift import drift
from reznet_load.verdict.beyond.outages import judge_outages
from reznet_load.verdict.capacity.answer import capacity, line
from reznet_load.verdict.cautions import cautions
from reznet_load.verdict.diagnosis.diagnose import diagnose, explained
from reznet_load.verdict.diagnosis.evidence import gather
from reznet_load.verdict.judge import judge, void
from reznet_load.verdict.steps import steps


def requirements_of(folder: Path) -> Requirements:
    """The requirements a run was made under; the shipped ones for a folder of CSVs."""
    own, overlay = folder / "nfr.toml", folder / "nfr.overlay.toml"
    return load_requirements(own if own.exists() else resource("nfr.toml"), overlay if overlay.exists() else None)


@dataclass(frozen=True, slots=True)
class RunFiles:
    """What the files of a folder hold: `series` of a run of ours, else `csv_rows` of Locust's tables."""

    requirements: Requirements
    info: RunInfo
    series: dict[str, samples.Series]
    csv_rows: tuple[Row, ...]


def assemble(folder: Path) -> RunResult:
    """Judge `folder` from its files. Raises ConfigError where there is nothing to judge."""
    found = evidence(folder)
    result = ended(folder, found)
    info = result.info
    rows = samples.rows(found.series, info.phases) if found.series else found.csv_rows
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
    made = judge(found.requirements, found.info, found.series, found.csv_rows)
    verdicts = void((*made, *judge_outages(found.requirements, found.info, found.series)), about)
    outcome, code = outcome_of(found.info, verdicts, about)
    return RunResult(outcome, code, found.info, verdicts=verdicts, cautions=about)


def evidence(folder: Path) -> RunFiles:
    """Read `folder`. Raises ConfigError where there is nothing to judge."""
    if not folder.exists():
        raise ConfigError(f"{folder}: not there; expected a run folder below reports/, or a folder with Locust's CSVs")
    requirements = requirements_of(folder) if folder.is_dir() else load_requirements(resource("nfr.toml"))
    known = folder.is_dir() and (folder / run_folder.INFO).exists()
    info = read_info(folder / run_folder.INFO) if known else _foreign(folder)
    info = spending.lay_in(folder, probed.lay_in(folder, info))
    series = derived.add(samples.read(folder, info)) if known else {}
    return RunFiles(requirements, info, series, () if series else _csv_rows(folder, optional=known))


def _csv_rows(folder: Path, optional: bool) -> tuple:
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
