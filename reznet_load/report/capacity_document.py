"""The document and the chart of a search for the capacity, written into its run folder."""

from __future__ import annotations

from typing import Any

from reznet_load.core.measured.statistic import statistic_of
from reznet_load.core.nfr import Requirements
from reznet_load.core.phases.steps import Capacity
from reznet_load.core.rows import AGENT_TURN
from reznet_load.core.run import RunResult
from reznet_load.core.text.next_command import next_command
from reznet_load.core.units import format_value
from reznet_load.report.html.frame import Band
from reznet_load.report.html.points import Point, PointPanel, stacked
from reznet_load.report.sections.s6_steps import step_line
from reznet_load.report.view import remedied, sentence
from reznet_load.verdict.capacity.answer import counts, text

TEMPLATE, DOCUMENT, CHART = "capacity.md.j2", "CAPACITY.md", "capacity.svg"


def names(result: RunResult, requirements: Requirements) -> dict[str, Any]:
    """The values for the template `capacity.md.j2`."""
    found = result.capacity
    assert found is not None
    return {
        "info": result.info,
        "thorough": next_command(result.info, "make capacity THOROUGH=1", thorough=""),
        "answer": sentence(text(found)),
        "outcome": result.outcome.upper(),
        "exit_code": result.exit_code,
        "chart": CHART,
        "steps": [step_line(step) for step in result.steps],
        "went": [text for step in result.steps for text in step.went],
        "open": [step_line(step) for step in result.steps if step.state != "pass" and step.reason != found.limited_by],
        "facts": _facts(found, result),
        "limits": [
            f"{nfr.title} {nfr.target_text}"
            for nfr in requirements.nfrs
            if nfr.required and nfr.statistic != "connected"
        ],
        "expected": requirements.expected_users if any(n.statistic == "connected" for n in requirements.nfrs) else 0,
        "verdicts": result.verdicts,
        "cautions": remedied(result.cautions),
        "format": format_value,
        "law": found.law,
        "limited_by": sentence(f"At {found.high} users: {found.limited_by}") if found.limited_by else "",
    }


def _facts(found: Capacity, result: RunResult) -> list[str]:
    last = max((step for step in result.steps if step.state != "void"), key=lambda step: step.users, default=None)
    facts = []
    if found.cycle is not None and found.most is not None:
        rest = f"a user of the mix asks every {format_value(1000 * found.cycle, 'ms')} (Z + Rmin), at most "
        rest += f"{format_value(found.most, '/s')} were answered (Xmax)"
        if found.n_star is not None:
            facts.append(f"N* = (Z + Rmin) · Xmax = {format_value(found.n_star, 'users')}: {rest}.")
        elif last is not None and not counts(last):
            facts.append(f"N* is not known: too few replies were counted at {last.users} users; {rest}.")
        else:
            facts.append(f"N* is not known: throughput grew with the users up to the end; {rest}.")
    if found.kept is not None and last is not None:
        facts.append(
            f"Goodput of the worst row ({found.kept_row}) at {last.users} users: {found.kept:.0f} % of its greatest up to "
            "the answer."
        )
    return facts


def panels(result: RunResult, requirements: Requirements) -> list[PointPanel]:
    """Two charts of the steps over the number of users: goodput with intervals, and p95 of agent turns with the limit."""
    limit = next(
        (
            n.limit.value
            for n in requirements.nfrs
            if statistic_of(n.statistic).level == 0.95 and n.matches(AGENT_TURN.key)
        ),
        None,
    )
    good = [Point(s.users, s.goodput, s.state, s.low, s.high) for s in result.steps]
    slow = [Point(s.users, s.turn_p95, s.state) for s in result.steps if s.turn_p95 is not None]
    found = [PointPanel("goodput per second over users, with 90 % intervals", good)]
    if slow:
        found.append(PointPanel("agent turn p95 in ms over users; dashed: its limit", slow, limit))
    return found


def picture(result: RunResult, requirements: Requirements) -> str:
    """The text of an SVG file with the measured points."""
    found = result.capacity
    assert found is not None
    span = Band(float(found.low), float(found.high)) if found.high is not None else None
    return stacked(panels(result, requirements), "users", span, f"Capacity: {text(found)}"[:110])
