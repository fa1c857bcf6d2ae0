"""`result.json` of a duel, from records whose fields `duel.schema.json` describes."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from reznet_load.core.phases.pairs import SIDES
from reznet_load.core.run import Caution, RunInfo
from reznet_load.core.settings.duel import DuelTerms
from reznet_load.core.text.foreign_text import safe_all
from reznet_load.core.units import six_digits_or_none
from reznet_load.report.duel.words import headline
from reznet_load.result.duel import DuelResult
from reznet_load.verdict.duel.answer import DuelAnswer
from reznet_load.verdict.duel.change import PairedChange
from reznet_load.verdict.duel.measured import MeasuredFigure, OneSide

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class WrittenChange:
    """How much slower B is than A.

    estimate, low, high  in `unit`: percent of A, or percentage points; low and high are one-sided 95 % bounds
    p                    one-sided p of the hypothesis that B is not slower
    adjusted             p adjusted for all rows that were judged together
    pairs                number of blocks of `block_seconds` in which both sides had operations
    slower               true: B is proven to be slower
    """

    estimate: float | None
    low: float | None
    high: float | None
    unit: str
    p: float | None
    adjusted: float | None
    pairs: int
    block_seconds: float
    slower: bool


@dataclass(frozen=True, slots=True)
class WrittenAnswer:
    """The answer for one requirement, by its worst row.

    more_minutes  minutes of duel that are still needed to decide; 0 if decided, null if more than two hours
    change        change of the worst row; null if there is no interval
    """

    id: str
    required: bool
    answer: str
    margin: float
    row: str
    more_minutes: float | None
    change: WrittenChange | None


@dataclass(frozen=True, slots=True)
class WrittenRow:
    """One figure of one row on both sides.

    figure  latency, failed (share of failed operations) or share
    """

    row: str
    figure: str
    pairs: int
    A: OneSide
    B: OneSide
    change: WrittenChange | None


@dataclass(frozen=True, slots=True)
class WrittenSide:
    """One side of a duel; `run.json` of the side has more.

    started, ended  ISO 8601, UTC
    users           largest number of users
    options         options of the embedded target
    """

    id: str
    host: str
    target: str
    options: str
    dialect: str
    commit: str
    users: int
    started: str
    ended: str
    interrupted: bool


@dataclass(frozen=True, slots=True)
class WrittenDuel:
    """A whole duel.

    answer       the outcome in a sentence
    sides        A and B
    seconds      length of the compared time; null if there was nothing to compare
    correlation  correlation between neighbouring pairs that is left after joining blocks; intervals are widened by it
    left_out     requirement -> why it was not compared
    """

    schema: int
    kind: str
    outcome: str
    exit_code: int
    answer: str
    terms: DuelTerms
    sides: dict[str, WrittenSide]
    seconds: float | None
    correlation: float
    requirements: tuple[WrittenAnswer, ...]
    left_out: dict[str, str]
    rows: tuple[WrittenRow, ...]
    cautions: tuple[Caution, ...]


def to_json(result: DuelResult) -> str:
    """The text of `result.json`: latencies in ms, shares in percent."""
    written = WrittenDuel(
        schema=SCHEMA,
        kind="duel",
        outcome=result.outcome,
        exit_code=result.exit_code,
        answer=headline(result),
        terms=result.terms,
        sides={name: _about(info) for name, info in zip(SIDES, result.sides, strict=True)},
        seconds=result.phase.seconds if result.phase else None,
        correlation=result.correlation,
        requirements=tuple(_answer(result, one) for one in result.answers),
        left_out=result.left_out,
        rows=tuple(_row(result, one) for one in result.figures.values()),
        cautions=result.cautions,
    )
    return json.dumps(safe_all(asdict(written), lines=True), ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _about(info: RunInfo) -> WrittenSide:
    facts = info.deployment
    return WrittenSide(
        id=info.id,
        host=info.host,
        target=info.target,
        options=facts.options,
        dialect=facts.dialect,
        commit=facts.commit,
        users=info.users,
        started=info.started,
        ended=info.ended,
        interrupted=info.interrupted,
    )


def _answer(result: DuelResult, one: DuelAnswer) -> WrittenAnswer:
    return WrittenAnswer(
        id=one.id,
        required=result.nfr(one.id).required,
        answer=one.answer,
        margin=one.margin,
        row=one.change.row if one.change else "",
        more_minutes=one.more,
        change=_change(one.change),
    )


def _row(result: DuelResult, one: MeasuredFigure) -> WrittenRow:
    change = _change(result.changes.get(one.figure.name))
    return WrittenRow(one.figure.row, one.figure.what, one.pairs, _side(one.a), _side(one.b), change)


def _side(side: OneSide) -> OneSide:
    mean, p50, p95 = (six_digits_or_none(value) for value in (side.mean, side.p50, side.p95))
    return OneSide(side.n, side.dropped, mean, p50, p95)


def _change(change: PairedChange | None) -> WrittenChange | None:
    if change is None:
        return None
    return WrittenChange(
        estimate=six_digits_or_none(change.estimate),
        low=six_digits_or_none(change.low),
        high=six_digits_or_none(change.high),
        unit="%" if change.ratio else "points",
        p=six_digits_or_none(change.p),
        adjusted=six_digits_or_none(change.adjusted),
        pairs=change.pairs,
        block_seconds=change.block_seconds,
        slower=change.slower,
    )
