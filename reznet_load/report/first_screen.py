"""The first screen, made once of a run for its document, its console and SUMMARY.md: what happened, why, and what now."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from reznet_load.core import folder as run_folder
from reznet_load.core.on_purpose import on_purpose, texts
from reznet_load.core.run import RunResult, Verdict
from reznet_load.core.text.foreign_text import for_markdown, for_terminal
from reznet_load.core.units import format_value
from reznet_load.report import outcome
from reznet_load.report.parts.failure_sentences import quoted
from reznet_load.report.problems import DECIDE, Problem, problems
from reznet_load.report.sections.header import shared
from reznet_load.report.view import View, more_than_value, remedied, sentence
from reznet_load.verdict.diagnosis.intended_causes import without
from reznet_load.verdict.judgement import FAILURES, VOID

SUMMARY, TEMPLATE = "SUMMARY.md", "run_summary.md.j2"
_PROBLEMS, _SAID = 5, 5  # that one screen has room for
# What a comment on a pull request takes, and what of verdicts and doubts has room in it; the document has them all.
LINES, CHARACTERS = 59, 65_535
_VERDICTS, _DOUBTS = 20, 12
_WIDTH = 110
_UNDER = " " * 13  # columns of a verdict before its title
# The spaces of `3 481 ms`, `95 %` and `< 3 s`, where no line is broken.
_IN_A_VALUE = re.compile(r"(?<=\d) (?=\d{3}\b|ms\b|s\b|%|MB\b)|(?<=[<>]) (?=\d)")
_HELD = "\N{NO-BREAK SPACE}"
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

    cannot   what this run cannot say     places   file of the run folder -> what is in it
    intended   what the embedded target was started with to be slow or faulty; empty where it was not
    decide   how many problems make the outcome     step   what to do about the worst, and about all that were intended
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
    decide: int = 0
    step: str = ""

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
        intended=_intended(view),
        decide=sum(one.kind in DECIDE for one in found),
        step=_step(view, found),
    )


def _step(view: View, found: tuple[Problem, ...]) -> str:
    if not found:
        return ""
    options = on_purpose(view.result.info.deployment.options)
    names = {name for one in found if one.kind in DECIDE for name in one.intended}
    mine = texts(options, found[0].intended)
    return without(texts(options, names)) if mine else found[0].next_step


def _intended(view: View) -> str:
    found = on_purpose(view.result.info.deployment.options)
    if not found:
        return ""
    options = "this option causes" if len(found) == 1 else "these options cause"
    return (
        f"The embedded target was started with `{texts(found)}`: what {options} is intended, and says nothing about a "
        "backend of yours."
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
    silent = [sentence(f"{', '.join(titles)}: {reason}") for reason, titles in groups.items()]
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


def _problem(one: Problem) -> dict[str, str]:
    said = quoted(one.said, for_markdown) if one.said else ""
    return {"text": one.text, "evidence": " ".join(filter(None, (one.evidence, said))), "next": one.next_step}


def as_text(screen: FirstScreen) -> str:
    """For a terminal."""
    lines = [f"{screen.outcome}: {screen.text}", *filter(None, (screen.intended.replace("`", ""),)), ""]
    for number, one in enumerate(screen.problems, 1):
        said = quoted(one.said, for_terminal) if one.said else ""
        lines += [
            f"{number}. {one.text}",
            *(f"   {text}" for text in (one.evidence, said, f"→ {one.next_step}") if text),
        ]
    if screen.more:
        lines.append(f"{screen.more} more problem{'' if screen.more == 1 else 's'} in the document.")
    lines += ["", *table] if (table := [*_verdicts(screen.verdicts), *filter(None, (screen.passes,))]) else []
    lines += ["", "This run cannot say:", *(f" - {one}" for one in screen.cannot)] if screen.cannot else []
    return "\n".join(_wrapped(line) for line in lines)


def _verdicts(verdicts: Iterable[Verdict]) -> list[str]:
    """A table of what did not pass; what a reason adds to value and limit stands below its line."""
    lines = []
    for one in verdicts:
        title = one.title if one.required else f"{one.title} (advisory)"
        wide = 11 + ("\ufe0f" in one.mark)  # a sign takes two columns, and one with that selector two characters
        lines.append(f"{one.mark:<{wide}} {title:<43} {value(one):<36} {one.limit}".rstrip())
        lines += [f"{_UNDER}{sentence(more)}"] if (more := more_than_value(one)) else []
    return [f"{_UNDER}{'requirement':<43} {'measured (90 % interval)':<36} limit", *lines] if lines else []


def _wrapped(line: str) -> str:
    indent = _UNDER if line and (line[0] in "❌⚠⏳" or line.startswith(_UNDER)) else " " * 3
    held = _IN_A_VALUE.sub(_HELD, line)
    filled = textwrap.fill(held, _WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
    return filled.replace(_HELD, " ")
