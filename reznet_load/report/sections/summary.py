"""The executive summary: the first screen, the question of the run, and requirements that were changed for it."""

from __future__ import annotations

from typing import Any

from reznet_load.core.run import MARKS, SUITE
from reznet_load.report import first_screen, outcome
from reznet_load.report.lines import beside, summary
from reznet_load.report.view import View

_SAID = 5  # most lines on what the run cannot say, so that the first screen has at most 40 lines
_PICTURES = ("latency", "failures")  # the other charts are in section 6


def names(view: View) -> dict[str, Any]:
    """The values for the template `summary.md.j2`."""
    result, info = view.result, view.result.info
    of_suite = info.scenario == SUITE
    found = first_screen.names(view)
    cannot = found["screen"].cannot
    lines = summary(view)
    room = _SAID if len(cannot) <= _SAID else _SAID - 1
    more = len(cannot) - room
    return found | {
        "result": result,
        "report": view.requirements.report,
        "what": "performance suite, one user and no load" if of_suite else f"{info.scenario}, {info.users} users",
        "question": outcome.question(view),
        "answers": outcome.answers(view),
        "summary": lines,
        "phase_2": first_screen.PHASE_2 if any("Phase 2" in line["target"] for line in lines) else "",
        "from_other_runs": any(line["source"] for line in lines),
        "others": _others(view),
        "cannot": [*cannot[:room], *([f"{more} more under Cautions."] if more > 0 else [])],
        "cannot_more": cannot[room:],
        "deviations": view.requirements.deviations,
        "pictures": [one for one in view.pictures if one.name in _PICTURES],
    }


def _others(view: View) -> str:
    """A sentence on requirements without a line in the table; those that failed or are not proven are named."""
    lines = beside(view)
    folded = {MARKS[outcome]: 0 for outcome in ("pass", "pending")}
    open_ = []
    for line in lines:
        if line["status"] in folded:
            folded[line["status"]] += 1
        else:
            open_.append(f"{line['status']} {line['metric']}")
    return ", ".join([*open_, *(f"{count} {mark}" for mark, count in folded.items() if count)]) + "."
