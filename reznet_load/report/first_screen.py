"""The first screen, made once of a run for its document, its page, its console and SUMMARY.md: what happened, why, and what now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from reznet_load.core import folder as run_folder
from reznet_load.core.run import RunResult, Verdict
from reznet_load.core.text.foreign_text import for_markdown
from reznet_load.core.units import format_value
from reznet_load.report import outcome
from reznet_load.report.problems.every import problems
from reznet_load.report.problems.intended import again, intended
from reznet_load.report.problems.open import advisory
from reznet_load.report.problems.problem import DECIDE, Problem
from reznet_load.report.sections.header import shared
from reznet_load.report.view import View, more_than_value, remedied, sentence
from reznet_load.verdict.judgement import FAILURES, VOID

SUMMARY, TEMPLATE = "SUMMARY.md", "run_summary.md.j2"
_PROBLEMS, _SAID = 5, 5  # that one screen has room for
# What a comment on a pull request takes, and what of verdicts and doubts has room in it; the document has them all.
LINES, CHARACTERS = 59, 65_535
_VERDICTS, _DOUBTS = 20, 12
PHASE_2 = "Phase 2: the step of RezNet's roadmap with 100 users. It is no phase of the run."
_ORDER = {"fail": 0, "warning": 1, "pending": 2, "pass": 3}
_PLACES = {
    run_folder.DOCUMENT: "every requirement, section by section",
    run_folder.DETAILS: "gauges, slowest operations, how to run it again",
    "report.html": "the same to look at",
    run_folder.OPERATIONS: "the slowest and the failed operations with their ids",
    run_folder.RESULT: "every number, for machines",
}


@dataclass(frozen=True, slots=True)
class FirstScreen:
    """`verdicts` are those that did not pass, the worst first, without what was not measured; `passed` the titles of the others.
    Of a void run none: its values are no results.

    cannot     what this run cannot say     places   file of the run folder -> what is in it
    intended   what the embedded target was started with to be slow or faulty, and which problems that causes; empty where
               it was started as it is
    again      what to do about all problems that were intended; empty where none was
    decide     how many problems make the outcome
    advisory   what is advisory and fails: it asks for no action
    notes      words of the limits that a reader does not know
    """

    outcome: str
    exit_code: int
    text: str
    problems: tuple[Problem, ...]
    more: int
    verdicts: tuple[Verdict, ...]
    passed: tuple[str, ...]
    cannot: tuple[str, ...]
    places: dict[str, str]
    intended: str = ""
    again: str = ""
    decide: int = 0
    advisory: str = ""
    notes: str = ""

    @property
    def step(self) -> str:
        """What to do about the worst problem; empty without one."""
        worst = self.problems[0] if self.problems else None
        return "" if worst is None else worst.next_step or self.again

    @property
    def passes(self) -> str:
        """`8 others passed: …`; empty where none did."""
        count = len(self.passed)
        if not count:
            return ""
        others = " other" if self.verdicts else ""
        return f"{count}{others}{'s' if others and count > 1 else ''} passed: {', '.join(self.passed)}."


def first_screen(view: View) -> FirstScreen:
    """Of a run, or of any run of old."""
    result, found = view.result, problems(view)
    judged = (*result.verdicts, *result.behaviour)
    shown = [v for v in judged if v.outcome != "pass" and v.open != VOID and not _silent(v)]
    return FirstScreen(
        outcome=result.outcome.upper(),
        exit_code=result.exit_code,
        text=outcome.text(view),
        problems=found[:_PROBLEMS],
        more=max(0, len(found) - _PROBLEMS),
        verdicts=tuple(worst_first(result, shown)),
        passed=tuple(v.title for v in judged if v.outcome == "pass"),
        cannot=_cannot(view),
        places={name: what for name, what in _PLACES.items() if name != run_folder.OPERATIONS or result.operations},
        intended=intended(view, found),
        again=again(view, found),
        decide=sum(one.kind in DECIDE for one in found),
        advisory="" if result.outcome == "void" else advisory(view),
        notes=PHASE_2 if any("Phase 2" in v.limit for v in shown) else "",
    )


def worst_first(result: RunResult, verdicts: Iterable[Verdict]) -> list[Verdict]:
    """What failed and was required, what failed beyond the expected load, what else is required, then what is advisory."""
    behaviour = {one.id for one in result.behaviour}

    def place(one: Verdict) -> tuple[bool, bool, int]:
        failed = one.outcome == "fail" and (one.required or one.id in behaviour)
        return not failed, not one.required, _ORDER[one.outcome]

    return sorted(verdicts, key=place)


def _silent(verdict: Verdict) -> bool:
    """Has it no value, for a reason of its own: the run is not void, and nothing failed?"""
    return verdict.outcome == "pending" and verdict.open not in (FAILURES, VOID)


def _cannot(view: View) -> tuple[str, ...]:
    """Cautions; what was not measured, by its reason; whose machine it was."""
    groups: dict[str, list[str]] = {}
    for v in view.result.verdicts:
        if _silent(v):
            groups.setdefault(v.reason, []).append(v.title)
    silent = [sentence(f"Not measured: {', '.join(titles)} ({reason})") for reason, titles in groups.items()]
    rest = len(silent) - _SAID
    told = [*silent[:_SAID], *([f"{rest} more reason{'' if rest == 1 else 's'} in the document."] if rest > 0 else [])]
    cautions = [f"{one.text} {one.remedy}" for one in remedied(view.result.cautions) if not one.void]
    return tuple(filter(None, [*cautions, *told, shared(view)]))


def value(verdict: Verdict) -> str:
    """With its 90 % interval."""
    text = format_value(verdict.value, verdict.unit)
    if verdict.value is None or verdict.low is None or verdict.high is None:
        return text
    low, high = (format_value(bound, verdict.unit) for bound in (verdict.low, verdict.high))
    return text if text == low == high else f"{text} ({low} to {high})"


def names(view: View) -> dict[str, Any]:
    """Of `run_summary.md.j2`, and the `problems` of the results document's summary; texts of others are no markup in it."""
    screen = first_screen(view)
    return {
        "info": view.result.info,
        "screen": screen,
        "problems": [_problem(one) for one in screen.problems],
        "verdicts": [_cells(one) for one in screen.verdicts[:_VERDICTS]],
        "doubts": screen.cannot[:_DOUBTS],
        "left_out": max(0, len(screen.verdicts) - _VERDICTS) + max(0, len(screen.cannot) - _DOUBTS),
    }


def shortened(text: str) -> str:
    """SUMMARY.md without the last of its lines, where a comment would not take them all; the document has them."""
    lines = text.rstrip().splitlines()
    end = "The rest stands in the document."
    kept, size = [], len(end) + 2
    for line in lines:
        size += len(line) + 1
        if size > CHARACTERS or len(kept) > LINES - 3:
            break
        kept.append(line)
    whole = len(lines) <= LINES and len(text.rstrip()) < CHARACTERS
    return ("\n".join(lines) if whole else "\n".join([*kept, "", end])) + "\n"


def _cells(one: Verdict) -> dict[str, str]:
    title = one.title if one.required else f"{one.title} (advisory)"
    return {
        "title": title,
        "mark": one.mark,
        "value": value(one),
        "limit": one.limit,
        "reason": for_markdown(sentence(more_than_value(one))) or "-",
    }


def _problem(one: Problem) -> dict[str, Any]:
    return {"text": one.text, "parts": one.parts(for_markdown)}
