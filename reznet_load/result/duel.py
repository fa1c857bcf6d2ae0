"""Makes the result of a duel from its folder: both sides' samples, the answer for each requirement, the outcome."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path

from reznet_load.core import folder as run_folder
from reznet_load.core.errors import ConfigError
from reznet_load.core.measured.named_row import GAUGE
from reznet_load.core.needs import lacking, reason_for
from reznet_load.core.nfr import Nfr, Requirements
from reznet_load.core.phases.pairs import SIDES
from reznet_load.core.profile import Phase, main_phase
from reznet_load.core.run import EXIT_CODES, Caution, RunInfo
from reznet_load.core.settings.duel import DuelTerms
from reznet_load.result.files import read_files, until_last_sample
from reznet_load.verdict.duel.answer import DuelAnswer, answer, outcome
from reznet_load.verdict.duel.change import PairedChange, changes
from reznet_load.verdict.duel.disturbed import stood_still
from reznet_load.verdict.duel.figures import NO_FIGURE, figures
from reznet_load.verdict.duel.measured import MeasuredFigure, Sides, measure
from reznet_load.verdict.duel.validity import duel_cautions

NOT_ENOUGH = "no phase of both sides is there to compare"


@dataclass(frozen=True, slots=True)
class DuelResult:
    """All results of a duel.

    answers      of each requirement that was compared, in the order of nfr.toml
    left_out     requirement id -> why it was not compared
    names        requirement id -> the names of its figures
    figures      of both sides, by name
    changes      of the figures with at least three pairs, by name
    correlation  between neighbouring pairs that remains after joining blocks, 0: negligible; intervals are widened by
                 it
    """

    outcome: str
    exit_code: int
    terms: DuelTerms
    sides: tuple[RunInfo, RunInfo]
    phase: Phase | None
    requirements: Requirements
    answers: tuple[DuelAnswer, ...] = ()
    left_out: dict[str, str] = field(default_factory=dict)
    names: dict[str, tuple[str, ...]] = field(default_factory=dict)
    figures: dict[str, MeasuredFigure] = field(default_factory=dict)
    changes: dict[str, PairedChange] = field(default_factory=dict)
    correlation: float = 0.0
    cautions: tuple[Caution, ...] = ()

    @property
    def required(self) -> tuple[DuelAnswer, ...]:
        """The answers that decide the outcome."""
        return tuple(one for one in self.answers if self.nfr(one.id).required)

    def nfr(self, id: str) -> Nfr:
        """The requirement `id`."""
        return next(one for one in self.requirements.nfrs if one.id == id)


@dataclass(frozen=True, slots=True)
class _Scope:
    """Names of the figures of each requirement that is compared, and why other requirements are not."""

    names: dict[str, tuple[str, ...]]
    left_out: dict[str, str]


def read_terms(folder: Path) -> DuelTerms:
    """Read `duel.json`. Raises ConfigError."""
    path = folder / run_folder.DUEL
    try:
        return DuelTerms(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise ConfigError(f"{path}: not the duel.json of a duel: {error}") from None


def judge_duel(folder: Path) -> DuelResult:
    """Compare both sides of `folder` from their files. Raises ConfigError if a side is missing."""
    terms = read_terms(folder)
    files = [read_files(folder / name) for name in SIDES]
    infos = tuple(until_last_sample(one.info, one.series) for one in files)
    sides: Sides = (files[0].series, files[1].series)
    a, b = infos
    phase = _shared_phase(a, b)
    requirements = files[0].requirements
    if phase is None:
        return _concluded(DuelResult("", 0, terms, (a, b), None, requirements, cautions=(*a.cautions, *b.cautions)))
    found: dict[str, MeasuredFigure] = {}
    disturbed = stood_still(sides, phase)
    scope = _scope(requirements, (a, b), sides, phase)
    for nfr in requirements.nfrs:
        if nfr.id in scope.names:
            found |= {one.name: measure(one, sides, phase, disturbed) for one in figures(nfr, sides, phase)}
    changed, left = _changes(requirements, scope, found)
    answers = _answers(requirements, scope, found, changed, terms)
    about = duel_cautions((a, b), sides, phase, list(found.values()))
    result = DuelResult("", 0, terms, (a, b), phase, requirements, answers, scope.left_out, scope.names, found, changed)
    return _concluded(replace(result, correlation=left, cautions=about))


def _shared_phase(a: RunInfo, b: RunInfo) -> Phase | None:
    """The phase in which both sides were judged; for an interrupted duel only the time that both reached."""
    first, second = main_phase(a.phases), main_phase(b.phases)
    if first is None or second is None:
        return None
    start, end = max(first.start, second.start), min(first.end, second.end)
    return Phase(first.name, start, end, first.users, True, first.part) if end > start else None


def _scope(requirements: Requirements, infos: tuple[RunInfo, RunInfo], sides: Sides, phase: Phase) -> _Scope:
    names: dict[str, tuple[str, ...]] = {}
    left_out: dict[str, str] = {}
    for nfr in requirements.nfrs:
        found = figures(nfr, sides, phase)
        missing = [
            (name, reason_for(need, info.lacks))
            for name, info in zip(SIDES, infos, strict=True)
            for need in lacking(nfr.needs, info.has)
        ]
        if missing:
            side, reason = missing[0]
            left_out[nfr.id] = reason if len({name for name, _ in missing}) > 1 else f"{side}: {reason}"
        elif found:
            names[nfr.id] = tuple(one.name for one in found)
        elif nfr.statistic == "error_rate":
            left_out[nfr.id] = "nothing failed on either side"
        elif _comparable(nfr):
            names[nfr.id] = ()
        else:
            left_out[nfr.id] = NO_FIGURE
    return _Scope(names, left_out)


def _comparable(nfr: Nfr) -> bool:
    """Does the requirement have figures that a duel can compare?"""
    return nfr.limit.unit == "ms" or (nfr.statistic == "share" and not nfr.rows[0].startswith(f"{GAUGE} "))


def _changes(
    requirements: Requirements, scope: _Scope, found: dict[str, MeasuredFigure]
) -> tuple[dict[str, PairedChange], float]:
    """(the change of each figure by name, remaining correlation); Holm is applied over the figures of all required
    requirements.
    """
    required = {name for nfr in requirements.nfrs if nfr.required for name in scope.names.get(nfr.id, ())}
    made: dict[str, PairedChange] = {}
    left = 0.0
    for group in (required, set(found) - required):
        rows = [one.row for name, one in found.items() if name in group and not one.of_one_side]
        if rows:
            changed, correlation = changes(rows)
            made |= {one.row: one for one in changed}
            left = max(left, correlation)
    return made, left


def _answers(
    requirements: Requirements,
    scope: _Scope,
    found: dict[str, MeasuredFigure],
    changed: dict[str, PairedChange],
    terms: DuelTerms,
) -> tuple[DuelAnswer, ...]:
    rows: dict[str, tuple[PairedChange, ...]] = {}
    short: dict[str, int] = {}
    for id, names in scope.names.items():
        measured = [found[name] for name in names]
        lost = any(one.of_one_side for one in measured)  # a side without samples is never an answer
        rows[id] = () if lost else tuple(changed[name] for name in names if name in changed)
        if measured and not lost and not rows[id]:
            short[id] = max(one.pairs for one in measured)
    margins = {nfr.id: terms.margin if nfr.margin is None else nfr.margin for nfr in requirements.nfrs}
    return answer(rows, margins, short)


def _concluded(result: DuelResult) -> DuelResult:
    """With the outcome: the higher line of the table wins, as in every run."""
    required = frozenset(nfr.id for nfr in result.requirements.nfrs if nfr.required)
    if any(info.interrupted for info in result.sides):
        said = "interrupted"
    elif any(one.void for one in result.cautions):
        said = "void"
    else:
        said = outcome(result.answers, required, result.terms.prove_no_worse)
        if result.terms.same and said == "warning" and not any(one.slower for one in result.changes.values()):
            said = "pass"  # of a calibration: what is undecided is the width that it shows
    code = 1 if said == "warning" and result.terms.strict else EXIT_CODES[said]
    return replace(result, outcome=said, exit_code=code)
