"""The HTML page of a duel: one file that works offline, in the style of a run's page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined, TemplateError
from markupsafe import Markup, escape

from reznet_load.core.errors import ConfigError
from reznet_load.core.system.resources import resource
from reznet_load.report.duel.pictures import Whisker, forest, over_time
from reznet_load.result.duel import DuelResult
from reznet_load.verdict.duel.answer import NO_WORSE, SLOWER, decide, worst_first
from reznet_load.verdict.duel.pairs import PairedRow

TEMPLATE = "page/duel.html.j2"
_STATES = {SLOWER: "fail", NO_WORSE: "pass"}  # warning otherwise
_MOST = 6  # most rows with a chart of their pairs over time


def render_page(result: DuelResult, known: dict[str, Any], overlay: str = "") -> str:
    """The text of `report.html`; every value is escaped. Raises ConfigError if a template uses an unknown name.

    known     the values for the other documents of the duel
    overlay   a folder whose templates replace shipped ones
    """
    folders = [*([overlay] if overlay else []), str(resource("templates"))]
    templates = Environment(
        loader=ChoiceLoader([FileSystemLoader(folder) for folder in folders]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=True,
    )
    style = (resource("templates") / "page" / "style.css").read_text(encoding="utf-8")
    drawn = {
        "style": Markup(style),
        "state": result.outcome,
        "forest": Markup(forest(whiskers)) if (whiskers := list(_whiskers(result))) else "",
        "over_time": [Markup(one) for one in _over_time(result)],
        "causes": [_with_code(one) for one in known["causes"]],
        "next": _with_code(known["next"]),
    }
    try:
        return templates.get_template(TEMPLATE).render(known | drawn)
    except TemplateError as error:
        raise ConfigError(f"template {TEMPLATE}: {error}") from None


def _with_code(text: str) -> Markup:
    """`text` escaped; text in backticks becomes code."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))


def _margins(result: DuelResult) -> dict[str, float]:
    """Row -> the smallest margin of the requirements to which the row belongs."""
    found: dict[str, float] = {}
    for one in result.answers:
        for name in result.names[one.id]:
            found[name] = min(one.margin, found.get(name, one.margin))
    return found


def _whiskers(result: DuelResult) -> Iterator[Whisker]:
    margins = _margins(result)
    for name, change in result.changes.items():
        state = _STATES.get(decide(change, margins[name]), "warning")
        yield Whisker(name, change.estimate, change.low, change.high, margins[name], state)


def _over_time(result: DuelResult) -> Iterator[str]:
    """Charts of the pairs over time for the rows that decide, the worst first."""
    margins = _margins(result)
    rows = dict.fromkeys(one.change.row for one in worst_first(result.answers) if one.change is not None)
    for name in list(rows)[:_MOST]:
        minutes, values = _points(result.figures[name].row, result.changes[name].block_seconds)
        yield over_time(name, minutes, values, margins[name])


def _points(row: PairedRow, seconds: float) -> tuple[list[float], list[float | None]]:
    """(minutes from the start, differences in percent or points) of blocks of `seconds`, joined as for the answer."""
    while row.counts.shape[1] and seconds > row.seconds * 1.5:
        row = row.joined()
    used = (row.counts > 0).all(axis=0)
    known = iter(100 * np.expm1(row.differences) if row.ratio else 100 * row.differences)
    values = [float(next(known)) if one else None for one in used]
    return [(place + 0.5) * row.seconds / 60 for place in range(len(used))], values
