"""Sentences at the top of a first screen on all problems that options of the embedded target cause on purpose."""

from __future__ import annotations

from reznet_load.core.on_purpose import medians, on_purpose, texts
from reznet_load.report.problems.problem import Problem
from reznet_load.report.view import View
from reznet_load.verdict.diagnosis.intended_causes import without


def intended(view: View, found: tuple[Problem, ...]) -> str:
    """The options, the numbers of the problems in `found` that they cause, and medians; "" if there are no such options."""
    given = on_purpose(view.result.info.deployment.options)
    if not given:
        return ""
    started = f"The embedded target was started with `{texts(given)}`."
    return " ".join(filter(None, (started, _caused(len(given), found), _of_medians(view))))


def _caused(given: int, found: tuple[Problem, ...]) -> str:
    mine = [str(number) for number, one in enumerate(found, 1) if one.intended]
    if not mine:
        return "What that causes says nothing about a backend of yours."
    options, cause = ("This option", "causes") if given == 1 else ("These options", "cause")
    if len(mine) == 1:
        return f"{options} {cause} problem {mine[0]}, which says nothing about a backend of yours."
    return f"{options} {cause} problems {_listed(mine)}, which say nothing about a backend of yours."


def _of_medians(view: View) -> str:
    """A sentence on options that are medians, so that a reader does not wonder at faster replies; "" if there are none."""
    found = [f"`{one.text}`" for one in medians(view.result.info.deployment.options)]
    if not found:
        return ""
    return f"{_listed(found)} {'is a median' if len(found) == 1 else 'are medians'}: single replies vary."


def _listed(names: list[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]


def again(view: View, found: tuple[Problem, ...]) -> str:
    """The one next step for all problems that such options cause, without any of them; "" if they cause none."""
    info = view.result.info
    caused = any(problem.intended for problem in found)
    return f"{without(on_purpose(info.deployment.options), info)}." if caused else ""
