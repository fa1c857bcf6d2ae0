"""Judges runs of any Locust project: takes paths and requirements, gives an outcome for each run and the worst of all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from reznet_load.core import folder as run_folder
from reznet_load.core.errors import ConfigError
from reznet_load.core.nfr import Requirements, load_requirements
from reznet_load.core.outcome import outcome_of
from reznet_load.core.run import Caution, RunInfo, Verdict
from reznet_load.core.text.foreign_text import for_terminal
from reznet_load.result.locust.find import STDIN, FoundRun, find
from reznet_load.result.locust.read import read_run
from reznet_load.result.locust.run import CsvRun
from reznet_load.verdict.csv.judge_table import judge_readings, misfit, names_total

NFR = "nfr.toml"
_WORST = ("fail", "unjudged", "warning", "pass")  # in the order of DESIGN.md; a run judged from CSVs is never void


@dataclass(frozen=True, slots=True, eq=False)
class JudgedRun:
    """One run with its verdicts. `run` is None if its files cannot be read: `refused` says why.

    requirements   from the file `source`, None if there is none: then nothing was judged
    rows           for each row of the table the worst outcome of any requirement (verdict.csv.judge_table.Answer)
    """

    name: str
    outcome: str
    exit_code: int
    run: CsvRun | None = None
    requirements: Requirements | None = None
    source: str = ""
    verdicts: tuple[Verdict, ...] = ()
    cautions: tuple[Caution, ...] = ()
    rows: np.ndarray | None = None
    refused: str = ""


def judge_paths(paths: Sequence[str], nfr: str = "", strict: bool = False) -> list[JudgedRun]:
    """Judge every run in `paths`, in order. Raises ConfigError if the file `nfr` is invalid."""
    given = _load(Path(nfr)) if nfr else None
    found = [one for path in paths for one in find(path)]
    runs = {one.main or one.refused: one for one in found}  # a run that two paths name is judged once
    return [_judged(one, given, nfr, strict) for one in runs.values()]


def worst(runs: Sequence[JudgedRun]) -> JudgedRun:
    """The run with the worst outcome, which decides for all."""
    return min(runs, key=lambda one: (_WORST.index(one.outcome), -one.exit_code))


def _judged(found: FoundRun, given: Requirements | None, nfr: str, strict: bool) -> JudgedRun:
    if found.main is None:
        return JudgedRun(found.name, "unjudged", 2, refused=found.refused)
    try:
        run = read_run(found)
        requirements, source = given, nfr
        if given is None and found.main != Path(STDIN) and (own := found.main.parent / NFR).is_file():
            requirements, source = _load(own), str(own)
    except ConfigError as error:
        return JudgedRun(found.name, "unjudged", 2, refused=str(error))
    run = _said_of_ours(run, found.main)
    if requirements is None:
        return JudgedRun(found.name, "unjudged", 2, run, cautions=run.cautions)
    answer = judge_readings(requirements, run.readings, run.damage)
    info = RunInfo(run.name, "judge", "", "", "", 0, "", strict=strict)
    outcome, code = outcome_of(info, answer.verdicts, ())
    cautions = (*run.cautions, *_of_total(requirements, run))
    return JudgedRun(found.name, outcome, code, run, requirements, source, answer.verdicts, cautions, answer.rows)


def _said_of_ours(run: CsvRun, main: Path) -> CsvRun:
    """`run` with a hint if it is a run folder of ours: its samples say more than the CSVs next to them."""
    if main == Path(STDIN) or not (main.parent / run_folder.INFO).exists():
        return run
    remedy = f"`reznet-load report {for_terminal(main.parent)}` judges it by its samples."
    caution = Caution("own_run", "This is a run folder of reznet-load, and only its Locust CSVs were judged.", remedy)
    return replace(run, cautions=(*run.cautions, caution))


def _load(path: Path) -> Requirements:
    requirements = load_requirements(path, short=True)
    for nfr in requirements.nfrs:
        if wrong := misfit(nfr):
            raise ConfigError(f"{path}: [[nfr]] {nfr.id}: limit read as {nfr.limit.text!r}, {wrong}")
    return requirements


def _of_total(requirements: Requirements, run: CsvRun) -> tuple[Caution, ...]:
    titles = [nfr.title for nfr in names_total(requirements, run.table)]
    if not titles:
        return ()
    text = f"{', '.join(titles)}: one number for all requests together hides a slow operation behind many fast ones."
    return (
        Caution("mixed_rows", text, 'Name the operations: rows = ["GET /checkout"], or rows = ["*"] for each of them.'),
    )
