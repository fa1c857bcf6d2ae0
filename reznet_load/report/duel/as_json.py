"""A duel for machines: `result.json` of its folder."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from reznet_load.core.phases.pairs import SIDES
from reznet_load.core.text.foreign_text import safe_all
from reznet_load.core.units import six_digits_or_none
from reznet_load.report.duel.words import headline
from reznet_load.result.duel import DuelResult
from reznet_load.verdict.duel.answer import DuelAnswer
from reznet_load.verdict.duel.change import PairedChange
from reznet_load.verdict.duel.measured import MeasuredFigure

SCHEMA = 1


def to_json(result: DuelResult) -> str:
    """The text. Latencies in ms, changes in percent or points, null where there is no number."""
    phase = result.phase
    data = {
        "schema": SCHEMA,
        "kind": "duel",
        "outcome": result.outcome,
        "exit_code": result.exit_code,
        "answer": headline(result),
        "terms": asdict(result.terms),
        "sides": {name: asdict(info) for name, info in zip(SIDES, result.sides, strict=True)},
        "seconds": phase.seconds if phase else None,
        "correlation": result.correlation,
        "requirements": [_answer(result, one) for one in result.answers],
        "left_out": result.left_out,
        "rows": [_row(result, one) for one in result.figures.values()],
        "cautions": [asdict(one) for one in result.cautions],
    }
    return json.dumps(safe_all(data, lines=True), ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _answer(result: DuelResult, one: DuelAnswer) -> dict[str, Any]:
    return {
        "id": one.id,
        "required": result.nfr(one.id).required,
        "answer": one.answer,
        "margin": one.margin,
        "row": one.change.row if one.change else "",
        "more_minutes": one.more,
        "change": _change(one.change),
    }


def _row(result: DuelResult, one: MeasuredFigure) -> dict[str, Any]:
    sides = {name: _side(asdict(side)) for name, side in zip(SIDES, (one.a, one.b), strict=True)}
    change = _change(result.changes.get(one.figure.name))
    return {"row": one.figure.row, "figure": one.figure.what, "pairs": one.pairs, **sides, "change": change}


def _side(side: dict[str, Any]) -> dict[str, Any]:
    return {name: six_digits_or_none(value) if isinstance(value, float) else value for name, value in side.items()}


def _change(change: PairedChange | None) -> dict[str, Any] | None:
    if change is None:
        return None
    numbers = {name: six_digits_or_none(getattr(change, name)) for name in ("estimate", "low", "high", "p", "adjusted")}
    unit = "%" if change.ratio else "points"
    return numbers | {
        "unit": unit,
        "pairs": change.pairs,
        "block_seconds": change.block_seconds,
        "slower": change.slower,
    }
