"""The steps in section 6: each number of users that was held, and what is judged in addition to the requirements."""

from __future__ import annotations

from typing import Any

from reznet_load.core.phases.steps import Step
from reznet_load.core.run import MARKS, Verdict
from reznet_load.core.units import format_value
from reznet_load.report.view import View, ms, sentence


def names(view: View) -> dict[str, Any]:
    """The values for the template `s6_steps.md.j2`."""
    return {
        "steps": [step_line(step) for step in view.result.steps],
        "step_pictures": [one for one in view.pictures if one.name == "steps"],
        "behaviour": [line(verdict) for verdict in view.result.behaviour],
    }


def step_line(step: Step) -> dict[str, str]:
    """The cells of a step in the table of steps."""
    return {
        "name": step.name,
        "users": str(step.users),
        "seconds": format_value(1000 * step.seconds, "ms"),
        "throughput": format_value(step.throughput, "/s"),
        "goodput": f"{format_value(step.goodput, '/s')} ({format_value(step.low, '/s')} to {format_value(step.high, '/s')})",
        "turns": format_value(step.turns, "/s"),
        "turn_p95": ms(step.turn_p95),
        "failed": format_value(step.failed, "%"),
        "state": MARKS.get(step.state, "❌ Void (the generator's limit)"),
        "reason": sentence(step.reason),
        "went": step.went,
    }


def line(verdict: Verdict) -> dict[str, str]:
    """The cells of a verdict: mark, value with interval, evidence."""
    row = f"{verdict.row}, {verdict.phase}" if verdict.row and verdict.phase else verdict.row
    evidence = " ".join(filter(None, [sentence(verdict.reason), f"({row})" if row else ""]))
    title = verdict.title if verdict.counts else f"{verdict.title} (for information)"
    return {
        "title": title,
        "limit": verdict.limit,
        "status": verdict.mark,
        "value": _value(verdict),
        "evidence": evidence or "-",
    }


def _value(verdict: Verdict) -> str:
    """The value with its interval; only the interval if there is no value, as for a knee between two numbers of users."""
    value = "-" if verdict.value is None or verdict.unit == "count" else format_value(verdict.value, verdict.unit)
    if verdict.unit == "ms" and verdict.value == 0:
        value = "at once"
    if verdict.low is None or verdict.high is None:
        return value
    low, high = (format_value(bound, verdict.unit) for bound in (verdict.low, verdict.high))
    return (
        f"between {verdict.low:g} and {high}" if verdict.value is None else f"{value} (90 % interval {low} to {high})"
    )
