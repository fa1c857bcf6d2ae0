"""Comparisons of judged runs, for a terminal, as Markdown and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from reznet_load.core.text.foreign_text import for_markdown, for_terminal
from reznet_load.core.units import format_value
from reznet_load.result.compared import ComparedRun
from reznet_load.verdict.csv.compare import BETTER, SAME, WORSE, StatisticChange

_ORDER = (WORSE, BETTER, SAME)
_ON_TERMINAL, _IN_DOCUMENT = 40, 300
_NOTE = (
    "better, worse: the 90 % intervals, with what rounding and counts leave open, do not overlap; "
    "~: they do, so no difference is proven."
)


def console(compared: Sequence[ComparedRun]) -> str:
    """The comparisons for a terminal: rows that changed first."""
    lines = []
    for one in compared:
        lines.append(f"{for_terminal(one.name)} against {for_terminal(one.other)}: {_counted(one)}")
        for change in _ordered(one)[:_ON_TERMINAL]:
            sides = f"{_side(change.before, change.unit)} -> {_side(change.now, change.unit)}"
            lines.append(f"  {change.sign:<7} {change.statistic:<11} {sides:<60} {for_terminal(change.row, 60)}")
        lines += [f"  … and {more} more"] if (more := len(_ordered(one)) - _ON_TERMINAL) > 0 else []
        lines.append("")
    return "\n".join([*lines, _NOTE])


def markdown(one: ComparedRun) -> str:
    """The section of the document with a comparison."""
    lines = ["## Compared", "", f"Against {for_markdown(one.other)}: {for_markdown(_counted(one), 1000)}", ""]
    changes = _ordered(one)
    if changes:
        lines += ["| | Row | Statistic | Before | Now |", "|---|---|---|---|---|"]
    for change in changes[:_IN_DOCUMENT]:
        before, now = _side(change.before, change.unit), _side(change.now, change.unit)
        lines.append(
            f"| {for_markdown(change.sign)} | {for_markdown(change.row)} | {change.statistic} | {before} | {now} |"
        )
    more = len(changes) - _IN_DOCUMENT
    return (
        "\n".join(
            [*lines, *([f"\n{more} more are in the file of `--json`."] if more > 0 else []), "", for_markdown(_NOTE)]
        )
        + "\n"
    )


def as_json(one: ComparedRun) -> dict[str, Any]:
    """A comparison as an object for JSON."""
    return {
        "with": one.other,
        "why_not": one.why or None,
        "changes": [asdict(change) for change in one.found.changes] if one.found else [],
        "gone": list(one.found.gone) if one.found else [],
        "new": list(one.found.new) if one.found else [],
    }


def _counted(one: ComparedRun) -> str:
    if one.found is None:
        return f"not compared: {for_terminal(one.why, 600)}"
    counts = [f"{sum(change.sign == sign for change in one.found.changes)} {sign}" for sign in _ORDER]
    rows = [
        f"{len(names)} rows {word} ({', '.join(names[:3])}{', …' if len(names) > 3 else ''})"
        for names, word in ((one.found.gone, "gone"), (one.found.new, "new"))
        if names
    ]
    return ", ".join(counts + rows)


def _ordered(one: ComparedRun) -> list[StatisticChange]:
    changes = one.found.changes if one.found else ()
    return sorted(changes, key=lambda change: _ORDER.index(change.sign))


def _side(side: tuple[float | None, float | None, float | None], unit: str) -> str:
    value, low, high = side
    most = "…" if high is None else format_value(high, unit)
    return f"{format_value(value, unit)} ({format_value(low, unit)} to {most})"
