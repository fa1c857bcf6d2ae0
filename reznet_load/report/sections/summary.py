"""The executive summary: the outcome, what the run was for, each requirement's line, cautions, changed requirements."""

from __future__ import annotations

from typing import Any

from reznet_load.core.run import SUITE
from reznet_load.report import first_screen, outcome
from reznet_load.report.lines import summary
from reznet_load.report.sections.header import shared
from reznet_load.report.view import View, remedied


def names(view: View) -> dict[str, Any]:
    """Of `summary.md.j2`."""
    result, info = view.result, view.result.info
    of_suite = info.scenario == SUITE
    return first_screen.names(view) | {
        "report": view.requirements.report,
        "what": "performance suite, one user and no load" if of_suite else f"{info.scenario}, {info.users} users",
        "shared": shared(view),
        "question": outcome.question(view),
        "answers": outcome.answers(view),
        "summary": summary(view),
        "cautions": remedied(result.cautions),
        "deviations": view.requirements.deviations,
    }
