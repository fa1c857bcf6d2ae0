"""The values for the templates of a duel: `duel.md`, `SUMMARY.md` and the page."""

from __future__ import annotations

from typing import Any

from reznet_load.core.phases.pairs import SIDES
from reznet_load.core.run import INVALID, RunInfo
from reznet_load.core.units import format_duration, format_value
from reznet_load.report.duel.causes import causes, next_step
from reznet_load.report.duel.words import answer_text, change_text, headline, interval, number
from reznet_load.report.view import remedied
from reznet_load.result.duel import DuelResult
from reznet_load.verdict.duel.answer import MISSING, NO_WORSE, OPEN, SLIGHTLY, SLOWER, worst_first
from reznet_load.verdict.duel.change import PairedChange
from reznet_load.verdict.duel.figures import LATENCY
from reznet_load.verdict.duel.measured import MeasuredFigure, OneSide

TEMPLATE, SUMMARY_TEMPLATE = "duel.md.j2", "duel_summary.md.j2"
MARKS = {
    SLOWER: "❌ Slower",
    SLIGHTLY: "⚠️ Slower, within the margin",
    OPEN: "⚠️ Undecided",
    NO_WORSE: "✅ No worse",
    MISSING: "⏳ No value",
}
NOT_JUDGED = "⏳ Not judged"
SEEN_MINUTES = (3, 5, 10, 20)


def names(result: DuelResult) -> dict[str, Any]:
    """The values for all templates. The environment of the templates escapes text of others."""
    a = result.sides[0]
    return {
        "outcome": result.outcome.upper(),
        "exit_code": result.exit_code,
        "headline": headline(result),
        "causes": causes(result),
        "next": next_step(result),
        "sides": [_side(name, info) for name, info in zip(SIDES, result.sides, strict=True)],
        "terms": result.terms,
        "margin": number(result.terms.margin),
        "users": a.users,
        "started": a.started,
        "seconds": format_duration(round(result.phase.seconds)) if result.phase else "-",
        "pairs": _pairs(result),
        "answers": _answers(result),
        "rows": [_row(result, one) for one in result.figures.values()],
        "seen": _seen(result) if result.terms.same and result.outcome not in INVALID else [],
        "seen_minutes": SEEN_MINUTES,
        "left_out": [(result.nfr(id).title, why) for id, why in result.left_out.items()],
        "cautions": remedied(result.cautions),
        "correlation": f"{result.correlation:.2f}" if result.correlation else "",
        "folder": a.id.removesuffix(f".{SIDES[0]}"),
    }


def _side(name: str, info: RunInfo) -> dict[str, str]:
    facts = info.deployment
    return {
        "name": name,
        "host": info.host,
        "target": info.target + (f" {facts.options}" if facts.options else ""),
        "commit": facts.commit,
        "dialect": facts.dialect,
        "cleanup": info.notes.get("clean-up", ""),
        "cost": info.notes.get("cost", ""),
    }


def _pairs(result: DuelResult) -> str:
    """`20 pairs of 15 s`: the number of pairs of the row that has most."""
    most = max(result.changes.values(), key=lambda one: one.pairs, default=None)
    return f"{most.pairs} pairs of blocks of {most.block_seconds:.0f} s" if most else "fewer than three pairs of blocks"


def _answers(result: DuelResult) -> list[dict[str, str]]:
    """Lines for the requirements, the worst first; requirements with the same row and answer share a line."""
    lines: dict[tuple[str, str], list[str]] = {}
    for one in worst_first(result.answers):
        nfr = result.nfr(one.id)
        mark = NOT_JUDGED if result.outcome in INVALID else MARKS[one.answer]
        title = nfr.title + ("" if nfr.required else " (advisory)")
        lines.setdefault((mark, answer_text(result, one)), []).append(title)
    return [{"title": ", ".join(titles), "mark": mark, "text": text} for (mark, text), titles in lines.items()]


def _row(result: DuelResult, one: MeasuredFigure) -> dict[str, str]:
    change = result.changes.get(one.figure.name)
    kind = one.figure.what
    return {
        "name": one.figure.name,
        "a": _mean(one.a, kind),
        "b": _mean(one.b, kind),
        "change": _change(change),
        "p": _p(change),
        "p50": _both(one, "p50", kind),
        "p95": _both(one, "p95", kind),
        "n": f"{one.a.n}, {one.b.n}",
        "text": change_text(one.figure, change) if change else "",
    }


def _mean(side: OneSide, kind: str) -> str:
    return format_value(side.mean, "ms" if kind == LATENCY else "%")


def _both(one: MeasuredFigure, statistic: str, kind: str) -> str:
    if kind != LATENCY:
        return "-"
    return ", ".join(format_value(getattr(side, statistic), "ms") for side in (one.a, one.b))


def _change(change: PairedChange | None) -> str:
    if change is None:
        return "-"
    unit = "%" if change.ratio else "points"
    sign = "" if number(abs(change.estimate)) == "0" else "+" if change.estimate > 0 else "-"
    bounds = interval(change) if change.estimate >= 0 else f"{number(change.low)} to {number(change.high)} {unit}"
    return f"{sign}{number(abs(change.estimate))} {unit} ({bounds})"


def _p(change: PairedChange | None) -> str:
    if change is None:
        return "-"
    return "< 0.001" if change.adjusted < 0.001 else f"{change.adjusted:.3f}"


def _seen(result: DuelResult) -> list[dict[str, Any]]:
    """What this machine can show of each row: the width of the interval, and the smallest change found in more time."""
    rows = len(result.changes)
    return [
        {
            "name": one.row,
            "width": number((one.high - one.low) / 2),
            "unit": "%" if one.ratio else "points",
            "found": [number(one.seen_in(minutes, rows)) for minutes in SEEN_MINUTES],
        }
        for one in result.changes.values()
    ]
