"""The first screen of a run: what happened, why, and what to do. Document, page, console and SUMMARY.md show the same."""

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
_PROBLEMS, _SAID = 5, 5  # most problems, and most lines on what the run cannot say
# Size of a comment on a pull request, and most verdicts and doubts in it; the document has all.
LINES, CHARACTERS = 59, 65_535
_VERDICTS, _DOUBTS = 20, 12
PHASE_2 = "Phase 2: the step of RezNet's roadmap that needs at least 100 users. It is no phase of the run."
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
    """The content of the first screen.

    problems   the worst problems; `more` is the number of problems that are not shown
    verdicts   verdicts that did not pass, the worst first, without those that were not measured; () for a void run
    passed     verdicts that passed
    cannot     sentences on what this run cannot say; `cannot_shortly` has at most `_SAID` reasons, for the terminal
    places     file of the run folder -> its contents
    intended   options that make the embedded target slow or faulty, and the problems that they cause; "": none
    again      what to do about all problems that such options cause; "": none
    decide     number of problems that decide the outcome
    advisory   sentences on advisory requirements that fail, which ask for no action
    notes      explanations of words in the limits
    """

    outcome: str
    exit_code: int
    text: str
    problems: tuple[Problem, ...]
    more: int
    verdicts: tuple[Verdict, ...]
    passed: tuple[Verdict, ...]
    cannot: tuple[str, ...]
    cannot_shortly: tuple[str, ...]
    places: dict[str, str]
    intended: str = ""
    again: str = ""
    decide: int = 0
    advisory: str = ""
    notes: str = ""

    @property
    def step(self) -> str:
        """What to do about the worst problem; "" if there is no problem."""
        worst = self.problems[0] if self.problems else None
        return "" if worst is None else worst.next_step or self.again

    @property
    def passes(self) -> str:
        """`8 other requirements passed: …. 3 advisory ones passed: …`; "" if none passed."""
        other = "other " if any(v.required for v in self.verdicts) else ""
        required = [v.title for v in self.passed if v.required]
        advisory = [v.title for v in self.passed if not v.required]
        sentences = [_passed(f"{other}requirement", required)] if required else []
        sentences += [_passed("advisory one" if sentences else "advisory requirement", advisory)] if advisory else []
        return " ".join(sentences)


def _passed(noun: str, titles: list[str]) -> str:
    return f"{len(titles)} {noun}{'' if len(titles) == 1 else 's'} passed: {', '.join(titles)}."


def first_screen(view: View) -> FirstScreen:
    """The first screen of a run, also of a run that an earlier version made."""
    result, found = view.result, problems(view)
    judged = (*result.verdicts, *result.behaviour)
    shown = [v for v in judged if v.outcome != "pass" and v.open != VOID and not _silent(v)]
    return FirstScreen(
        outcome=result.outcome.upper(),
        exit_code=result.exit_code,
        text=outcome.text(view, tuple(id for one in found for id in one.about)),
        problems=found[:_PROBLEMS],
        more=max(0, len(found) - _PROBLEMS),
        verdicts=tuple(worst_first(result, shown)),
        passed=tuple(v for v in judged if v.outcome == "pass"),
        cannot=_cannot(view),
        cannot_shortly=_cannot(view, _SAID),
        places={name: what for name, what in _PLACES.items() if name != run_folder.OPERATIONS or result.operations},
        intended=intended(view, found),
        again=again(view, found),
        decide=sum(one.kind in DECIDE for one in found),
        advisory="" if result.outcome == "void" else advisory(view),
        notes=PHASE_2 if any("Phase 2" in v.limit for v in shown) else "",
    )


def worst_first(result: RunResult, verdicts: Iterable[Verdict]) -> list[Verdict]:
    """`verdicts` in this order: required failures and failures beyond the expected load, other required, then advisory."""
    behaviour = {one.id for one in result.behaviour}

    def place(one: Verdict) -> tuple[bool, bool, int]:
        failed = one.outcome == "fail" and (one.required or one.id in behaviour)
        return not failed, not one.required, _ORDER[one.outcome]

    return sorted(verdicts, key=place)


def _silent(verdict: Verdict) -> bool:
    """Was the requirement not measured, for another reason than failed operations or a void run?"""
    return verdict.outcome == "pending" and verdict.open not in (FAILURES, VOID)


def _cannot(view: View, most: int | None = None) -> tuple[str, ...]:
    """Sentences: cautions, requirements that were not measured (grouped by reason), and whether the machine was shared.

    `most`: how many of the reasons to name; all if None. The document has the others.
    """
    groups: dict[str, list[str]] = {}
    for v in view.result.verdicts:
        if _silent(v):
            groups.setdefault(v.reason, []).append(v.title)
    silent = [sentence(f"Not measured: {', '.join(titles)} ({reason})") for reason, titles in groups.items()]
    rest = len(silent) - len(silent[:most])
    unmeasured = [
        *silent[:most],
        *([f"{rest} more reason{'' if rest == 1 else 's'} in the document."] if rest > 0 else []),
    ]
    cautions = [f"{one.text} {one.remedy}" for one in remedied(view.result.cautions) if not one.void]
    return tuple(filter(None, [*cautions, *unmeasured, shared(view)]))


def value(verdict: Verdict) -> str:
    """The value of a verdict with its 90 % interval."""
    text = format_value(verdict.value, verdict.unit)
    if verdict.value is None or verdict.low is None or verdict.high is None:
        return text
    low, high = (format_value(bound, verdict.unit) for bound in (verdict.low, verdict.high))
    return f"{text} ({low} to {high})"


def names(view: View) -> dict[str, Any]:
    """The values for the template `run_summary.md.j2`, and `problems` for the executive summary; foreign text is escaped."""
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
    """The text of SUMMARY.md, cut to the size of a comment; the document has the lines that are cut."""
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
