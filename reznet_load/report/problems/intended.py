"""Sentences at the top of a first screen on all problems that options of the embedded target cause on purpose."""

from __future__ import annotations

from reznet_load.core.on_purpose import on_purpose, texts
from reznet_load.report.problems.problem import Problem
from reznet_load.report.view import View
from reznet_load.verdict.diagnosis.intended_causes import without


def intended(view: View, found: tuple[Problem, ...]) -> str:
    """The options, and the numbers of the problems in `found` that they cause; "" if there are no such options."""
    given = on_purpose(view.result.info.deployment.options)
    if not given:
        return ""
    started = f"The embedded target was started with `{texts(given)}`."
    mine = [str(number) for number, one in enumerate(found, 1) if one.intended]
    if not mine:
        return f"{started} What that causes says nothing about a backend of yours."
    options, cause = ("This option", "causes") if len(given) == 1 else ("These options", "cause")
    if len(mine) == 1:
        return f"{started} {options} {cause} problem {mine[0]}, which says nothing about a backend of yours."
    numbers = f"{', '.join(mine[:-1])} and {mine[-1]}"
    return f"{started} {options} {cause} problems {numbers}, which say nothing about a backend of yours."


def again(view: View, found: tuple[Problem, ...]) -> str:
    """The one next step for all problems that such options cause, without any of them; "" if they cause none."""
    info = view.result.info
    caused = any(problem.intended for problem in found)
    return f"{without(on_purpose(info.deployment.options), info)}." if caused else ""
