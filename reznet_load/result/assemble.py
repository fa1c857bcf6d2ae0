"""Makes a RunResult from a run folder in one pass: verdicts, additional verdicts, comparison with the past, findings,
outcome.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from reznet_load.core import folder as run_folder
from reznet_load.core.nfr import Requirements
from reznet_load.core.outcome import outcome_of
from reznet_load.core.regression import PROVEN
from reznet_load.core.run import RunInfo, RunResult
from reznet_load.result.context import RunContext
from reznet_load.result.failures import failed_kinds
from reznet_load.result.files import RunFiles, read_files, until_last_sample
from reznet_load.result.operations import KeptOperations, of_failed, read
from reznet_load.result.past import against_past
from reznet_load.verdict import row_summary
from reznet_load.verdict.beyond.degradation import degradation
from reznet_load.verdict.beyond.drift import drift
from reznet_load.verdict.beyond.outages import judge_outages
from reznet_load.verdict.capacity.answer import capacity, line
from reznet_load.verdict.cautions import cautions
from reznet_load.verdict.diagnosis.diagnose import diagnosis, explained
from reznet_load.verdict.diagnosis.evidence import gather
from reznet_load.verdict.judge import judge, void
from reznet_load.verdict.samples import Series
from reznet_load.verdict.steps import steps

_ENDED_ONLY = ("killed", "short")  # cautions that apply only to a run that is over


@dataclass(frozen=True, slots=True)
class AssembledRun:
    """A result with what its documents need in addition, all from one reading of the folder.

    context      other runs of the target (result.context)
    operations   the slowest and the failed operations of rows that decided a failed requirement
    series       samples by row, for charts; {} if there are none
    """

    result: RunResult
    requirements: Requirements
    context: RunContext
    operations: tuple[KeptOperations, ...] = ()
    series: dict[str, Series] = field(default_factory=dict)


def assemble(folder: Path) -> RunResult:
    """Judge `folder` from its files. Raises ConfigError if there is nothing to judge."""
    return judge_folder(folder).result


def judge_folder(folder: Path, new: bool = False) -> AssembledRun:
    """Judge `folder` from its files, once; `new`: compare it with the history as it is now.

    Raises ConfigError if there is nothing to judge.
    """
    files = read_files(folder, new)
    result = _diagnosed(folder, files, _judged_to_the_end(files))
    entries = tuple(read(folder, result.info))
    result = replace(result, failures=failed_kinds(result.info, files.series, result.rows, entries))
    result = _concluded(result)
    kept = of_failed(entries, result)
    return AssembledRun(result, files.requirements, files.context, kept, files.series)


def judge_ended(files: RunFiles) -> RunResult:
    """Judge a finished run without rows and findings, for callers that need only verdicts and outcome."""
    return _concluded(_judged_to_the_end(files))


def judge_running(files: RunFiles, info: RunInfo) -> RunResult:
    """Judge a run in progress with the present `info`: verdicts, the cautions that apply so far, and the resulting
    outcome.
    """
    result = _judged(files, info)
    return _concluded(replace(result, cautions=tuple(c for c in result.cautions if c.id not in _ENDED_ONLY)))


def _concluded(result: RunResult) -> RunResult:
    """`result` with the outcome set."""
    verdicts = (*result.verdicts, *result.behaviour)
    outcome, code = outcome_of(result.info, verdicts, result.cautions, result.regressions)
    return replace(result, outcome=outcome, exit_code=code)


def _judged(files: RunFiles, info: RunInfo) -> RunResult:
    """With verdicts and cautions."""
    about = cautions(info, files.series)
    made = judge(files.requirements, info, files.series, files.table)
    verdicts = void((*made, *judge_outages(files.requirements, info, files.series)), about)
    return RunResult("", 0, info, verdicts=verdicts, cautions=about)


def _judged_to_the_end(files: RunFiles) -> RunResult:
    """Also with the additional verdicts and the comparison with earlier runs."""
    info = until_last_sample(files.info, files.series)
    result = _judged(files, info)
    about = (files.requirements, info, files.series)
    held = steps(*about)
    most = capacity(held)
    behaviour = void((*degradation(*about), *drift(*about), *line(most)), result.cautions)
    result = replace(result, steps=held, behaviour=behaviour, capacity=most)
    return against_past(result, files.requirements, files.context)


def _diagnosed(folder: Path, files: RunFiles, result: RunResult) -> RunResult:
    """Also with rows and findings."""
    info = result.info
    series = files.series
    requirements = files.requirements
    rows = row_summary.rows(series, info.phases, requirements.nfrs) if series else files.table_rows
    worse = frozenset(one.id for one in result.regressions if one.kind == PROVEN)
    made = diagnosis(gather(info, rows, series, result.verdicts, requirements, worse))
    return replace(
        result,
        rows=rows,
        findings=made.findings,
        patterns=made.patterns,
        operations=run_folder.OPERATIONS if (folder / run_folder.OPERATIONS).exists() else "",
        steps=explained(requirements, info, rows, series, result.steps),
    )
