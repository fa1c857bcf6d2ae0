"""The history on a page: values over comparable runs, with intervals, signs, change points and commits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from reznet_load.core.nfr import Nfr
from reznet_load.core.regression import PROVEN
from reznet_load.core.run import MARKS
from reznet_load.core.units import format_value
from reznet_load.history.comparable import comparable, invalid
from reznet_load.history.line import HistoryLine, HistoryValue
from reznet_load.history.sought import compared
from reznet_load.history.store import line_of
from reznet_load.report.html.frame import Mark
from reznet_load.report.html.points import Point, PointPanel, points
from reznet_load.report.view import View


@dataclass(frozen=True, slots=True)
class PastValue:
    """A measured value of the run with this `number`, counted from the oldest, which is 1."""

    number: int
    line: HistoryLine
    found: HistoryValue
    value: float


def names(view: View) -> dict[str, Any]:
    """The values for the template `history.html.j2`: requirements with values in two or more runs; none if the run is void."""
    own = line_of(view.result)
    if not own.time or invalid(own):
        return {"history": []}
    runs = [*comparable(own, view.context.history), own]
    found = [_requirement(view, nfr, runs) for nfr in compared(view.requirements, own)]
    return {"history": [one for one in found if len(one["values"]) > 1]}


def _requirement(view: View, nfr: Nfr, runs: Sequence[HistoryLine]) -> dict[str, Any]:
    found = [(number, line, line.value_of(nfr.id)) for number, line in enumerate(runs, 1)]
    measured = [PastValue(number, line, one, one.value) for number, line, one in found if one.value is not None]
    return {
        "title": nfr.title,
        "picture": Markup(_picture(view, nfr, runs, measured)),
        "values": [_cells(one, nfr.limit.unit) for one in measured],
        "changes": [one.text for one in view.result.regressions if one.id == nfr.id],
    }


def _picture(view: View, nfr: Nfr, runs: Sequence[HistoryLine], measured: Sequence[PastValue]) -> str:
    drawn = [_point(one) for one in measured]
    limit = nfr.limit.value or None  # a result of a search has no limit
    title = f"{nfr.title}, {nfr.limit.unit}{'; dashed: its limit' if limit else ''}"
    return points(PointPanel(title, drawn, limit), "run, the newest last", marks=_changes(view, nfr, runs))


def _point(one: PastValue) -> Point:
    found = one.found
    sign = found.sign if found.sign in ("▲", "▼") else ""
    return Point(one.number, one.value, found.outcome or "pending", found.low, found.high, sign)


def _changes(view: View, nfr: Nfr, runs: Sequence[HistoryLine]) -> list[Mark]:
    """Marks where a proven new level begins: before the first run of the named commit, or before the named run."""
    marks = []
    for one in view.result.regressions:
        if one.id == nfr.id and one.kind == PROVEN:
            begins = (n for n, line in enumerate(runs, 1) if one.since in (line.backend_commit, f"run {line.run}"))
            first = next(begins, None)
            marks += [Mark(first - 0.5, f"new level since {one.since}")] if first else []
    return marks


def _cells(one: PastValue, unit: str) -> dict[str, str]:
    found, line = one.found, one.line
    bounds = "-"
    if found.low is not None and found.high is not None:
        bounds = f"{format_value(found.low, unit)} to {format_value(found.high, unit)}"
    return {
        "number": str(one.number),
        "time": line.time[:16].replace("T", " "),
        "run": line.run,
        "commit": line.backend_commit or "-",
        "value": format_value(one.value, unit),
        "interval": bounds,
        "outcome": MARKS.get(found.outcome, "-"),
        "sign": found.sign or "-",
    }
