"""The first screen of a page: outcome, problems, cautions, and each verdict with a drawing of interval and limit."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from reznet_load.core.nfr import Nfr
from reznet_load.core.run import Verdict
from reznet_load.core.text.foreign_text import for_terminal
from reznet_load.core.units import format_value
from reznet_load.report import capacity_document
from reznet_load.report.first_screen import first_screen, worst_first
from reznet_load.report.html import small
from reznet_load.report.view import View, actual, remedied

_OF_A_SEARCH = {
    capacity_document.DOCUMENT: "the search: each number of users that was tried, and what the limit was",
    "capacity.html": "the same to look at",
}


def names(view: View) -> dict[str, Any]:
    """The values for the templates `outcome.html.j2`, `cautions.html.j2` and `details.html.j2`."""
    cautions, screen = remedied(view.result.cautions), first_screen(view)
    return {
        "screen": screen,
        "problems": [{"text": one.text, "parts": one.parts(for_terminal)} for one in screen.problems],
        "places": screen.places | (_OF_A_SEARCH if view.result.capacity else {}),
        "verdicts": verdicts(view),
        "voids": [one for one in cautions if one.void],
        "cautions": [one for one in cautions if not one.void],
    }


def verdicts(view: View) -> list[dict[str, Any]]:
    """Lines of the table of requirements, the worst first."""
    nfrs = {nfr.id: nfr for nfr in view.requirements.nfrs}
    found = worst_first(view.result, view.result.verdicts)
    phases = len(view.judged_phases)
    return [
        {
            "mark": one.mark,
            "outcome": one.outcome,
            "title": one.title + ("" if one.required else " (advisory)"),
            "limit": one.limit,
            "value": format_value(one.value, one.unit),
            "evidence": actual(one, phases),
            "picture": Markup(_interval(one, nfrs.get(one.id))),
        }
        for one in found
    ]


def _interval(verdict: Verdict, nfr: Nfr | None) -> str:
    if nfr is None or verdict.value is None:
        return ""
    title = f"{verdict.title}: {format_value(verdict.value, verdict.unit)}, limit {verdict.limit}"
    limit = nfr.limit
    return small.interval(title, verdict.value, verdict.low, verdict.high, limit.value, limit.below, verdict.outcome)
