"""Known issues, opportunities and recommendations of the document, the costliest first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from reznet_load.core.failed.failed_kind import by_row
from reznet_load.core.on_purpose import texts
from reznet_load.core.rows import named
from reznet_load.core.run import INVALID, SUITE, Verdict
from reznet_load.core.text.foreign_text import for_markdown
from reznet_load.core.units import format_value
from reznet_load.report.first_screen import first_screen
from reznet_load.report.lines import NO_LOAD, line
from reznet_load.report.outcome import REFUSE, failed_beyond
from reznet_load.report.parts import checked_patterns, query_plans
from reznet_load.report.problems.every import problems
from reznet_load.report.problems.problem import BEYOND, DECIDE, UNPROVEN, WASTEFUL, Problem
from reznet_load.report.sections.s6_load import open_items
from reznet_load.report.view import View, brief, remedied, sentence
from reznet_load.verdict.diagnosis.intended_causes import behind
from reznet_load.verdict.judgement import FAILURES, FEWEST, SAMPLES, SILENT, STALL
from reznet_load.verdict.remedies import longer
from reznet_load.verdict.rules import FAILED_SHARE

GROUPS = ("Database", "Caching", "LLM", "Infrastructure")
_NEAR = 0.7  # share of a limit from which a value is mentioned, before it exceeds the limit


def names(view: View) -> dict[str, Any]:
    """The values for the template `advice.md.j2`."""
    return {
        "nothing": _nothing(view),
        "issues": known_issues(view),
        "numbered": any(_is_known(one) for one in first_screen(view).problems),
        "looked_for": checked_patterns.everything(view),
        "opportunities": opportunities(view),
        "immediate": in_lines(immediate(view)),
        "long_term": in_lines(long_term(view)),
    }


def _nothing(view: View) -> str:
    """A sentence for a run without known issues: how much was judged, and what failed that is not judged."""
    if view.result.outcome in INVALID:
        return "No requirement was judged: the run is void or was broken off."
    judged = sum(v.outcome != "pending" for v in view.result.verdicts)
    text = f"{judged} of {len(view.result.verdicts)} requirements were judged and none failed"
    elsewhere = {row.phase: 0 for row in view.result.rows if not _is_judged(view, row.phase)}
    for row in view.result.rows:
        if row.phase in elsewhere and named(row.key).is_request:
            elsewhere[row.phase] += row.failures
    phases = ", ".join(f"“{phase}” ({format_value(count, 'count')})" for phase, count in elsewhere.items() if count)
    return f"{text}. No operation failed in what was judged{f'; some failed in {phases}, which is not judged' if phases else ''}."


def _is_judged(view: View, phase: str) -> bool:
    return any(one.name == phase for one in view.judged_phases)


def _troubled(view: View, *outcomes: str) -> list[Verdict]:
    return [v for v in view.result.verdicts if v.outcome in outcomes and v.counts]


def known_issues(view: View) -> list[str]:
    """Lines of known issues: problems of the executive summary in short, all others in full."""
    return [*_problems(view, _is_known), *_rare(view), *_others(view)]


def _is_known(problem: Problem) -> bool:
    """Is `problem` a known issue, and not an opportunity?"""
    return problem.kind not in (UNPROVEN, WASTEFUL)


def _problems(view: View, wanted: Callable[[Problem], bool]) -> list[str]:
    """Lines for problems: those in the executive summary with their number there, the others with all parts."""
    shown = len(first_screen(view).problems)
    return [
        f"**{one.text}** (problem {number})"
        if number <= shown
        else " ".join([f"**{one.text}**", *(f"*{label}*: {text}" for label, text in one.parts(for_markdown))])
        for number, one in enumerate(problems(view), 1)
        if wanted(one)
    ]


def _rare(view: View) -> Iterator[str]:
    """Lines for rows of which too few operations failed to be a problem."""
    for row, kinds in by_row(view.result.failures).items():
        failed, total = sum(one.count for one in kinds), kinds[0].total
        if failed < FEWEST or failed < FAILED_SHARE * total:
            yield f"**{for_markdown(row)}**: {failed} of {total} failed (table Failures)."


def _others(view: View) -> Iterator[str]:
    """Lines for failed requirements that are not problems: advisory ones, and those whose row is not of users."""
    seen, named_ids = {one.row for one in view.result.failures}, {id for one in problems(view) for id in one.about}
    for v in _troubled(view, "fail"):
        if v.id in named_ids:
            continue
        if v.value is None and v.row not in seen:
            yield _failed(view, v)
        elif v.value is not None and not v.required:
            yield f"**{v.title}** (advisory): {format_value(v.value, v.unit)}, limit {v.limit}."


def _failed(view: View, verdict: Verdict) -> str:
    """A line for a requirement without a value, with the kinds of failure of its row."""
    advisory = "" if verdict.required else " (advisory)"
    row = view.row(verdict.row)
    kinds = (
        ", ".join(f"{count} × {for_markdown(text)}" for text, count in row.errors.items())
        if row and not row.missing
        else ""
    )
    return f"**{verdict.title}**{advisory}: {brief(verdict) or verdict.row}{f': {kinds}' if kinds else ''}."


def opportunities(view: View) -> list[str]:
    """Lines for opportunities.

    These are: requirements that are not proven, patterns that made nothing fail, query plans that the load made worse,
    and values that use most of their limit.
    """
    found = _problems(view, lambda one: one.kind in (UNPROVEN, WASTEFUL))
    found += query_plans.advised(view)
    limits = {nfr.id: nfr.limit for nfr in view.requirements.nfrs}
    for v in _troubled(view, "pass"):
        limit = limits.get(v.id)  # the verdict on a recovery has no limit in nfr.toml
        if limit and limit.below and v.value is not None and limit.value and v.value > _NEAR * limit.value:
            found.append(f"{v.title} uses {100 * v.value / limit.value:.0f} % of its limit ({v.row}).")
    return found


def immediate(view: View) -> dict[str, list[str]]:
    """Group of the document -> its immediate actions; there are three groups."""
    return {
        "Run Performance Tests": _measure(view),
        "Profile Slow Operations": _steps(view),
        "Load Testing": _prove(view) + (["Do what is open in section 6."] if open_items(view) else []),
    }


def in_lines(groups: dict[str, list[str]]) -> dict[str, list[str]]:
    """`groups` with those of two sentences in one line."""
    return {group: [" ".join(lines)] if len(lines) == 2 else lines for group, lines in groups.items()}


def _measure(view: View) -> list[str]:
    """Actions for requirements that no run has measured, by reason; for a void run, how the next run can measure them."""
    if voids := [caution.remedy for caution in remedied(view.result.cautions) if caution.void]:
        return [f"Run it again: {remedy}" for remedy in voids]
    shown = [one.verdict for nfr in view.requirements.nfrs if (one := line(view, nfr.id)) is not None]
    groups: dict[str, list[Verdict]] = {}
    for verdict in shown:
        if verdict.outcome == "pending" and verdict.open != FAILURES:  # failures must be fixed, not measured again
            groups.setdefault(verdict.reason, []).append(verdict)
    groups.pop(NO_LOAD, None)  # section 6 has this item, and reports it
    found = [_measured(group, reason) for reason, group in groups.items()]
    info = view.result.info
    alone = info.scenario == SUITE or view.context.suite is not None or not info.started  # the CSVs of another project
    return found if alone else [*found, "Optional: time every part alone, with one user and no load (make perf)."]


def _measured(group: list[Verdict], reason: str) -> str:
    """How to get values for the requirements in `group`; if only silence is known, look into the silence."""
    silent = any(verdict.open == SILENT for verdict in group)
    return sentence(
        f"Find out why there is no value of {_titles(group)}: {reason}"
        if silent
        else f"Measure {_titles(group)}: {reason}"
    )


def _prove(view: View) -> list[str]:
    """Actions that would decide requirements that are not proven; requirements without a known action are left out."""
    warned, info = _troubled(view, "warning"), view.result.info
    few, hidden = ([v for v in warned if v.open == what] for what in (SAMPLES, STALL))
    found = [f"Measure for longer ({longer(info)}): {_titles(few)}."] if few else []
    if hidden:
        found.append(
            f"Look for what stands still while users wait, section 6 has p95 from the intended start: {_titles(hidden)}."
        )
    return found


def _titles(verdicts: Iterable[Verdict]) -> str:
    return ", ".join(verdict.title for verdict in verdicts)


def _steps(view: View) -> list[str]:
    """A line that says where the next step for the outcome is; a void run has another first step."""
    found = problems(view)
    if view.result.outcome in INVALID or not found:
        return []
    shown = len(first_screen(view).problems)
    wanted = [(n, one) for n, one in enumerate(found[:shown], 1) if one.kind in (*DECIDE, BEYOND)]
    steps = (
        [
            "Nothing to profile for the problems that were caused on purpose: do the *Next* at the top of the Executive Summary."
        ]
        if any(one.intended for _, one in wanted)
        else []
    )
    numbers = [str(n) for n, one in wanted if not one.intended]
    if not numbers:
        return steps
    listed = f"{', '.join(numbers[:-1])} and {numbers[-1]}" if len(numbers) > 1 else numbers[0]
    more = ", and Known Issues of the further ones" if len(found) > shown else ""
    return [
        *steps,
        f"Do what the Executive Summary says under *Next* of problem{'s' if len(numbers) > 1 else ''} {listed}{more}.",
    ]


def long_term(view: View) -> dict[str, list[str]]:
    """Group -> its findings by name; if a group has none, a sentence says whether all its patterns were checked."""
    groups: dict[str, list[str]] = {group: [] for group in GROUPS}
    meant: dict[str, str] = {}
    by_pattern = {id for one in view.result.findings if one.kind != "time" for id in one.about}
    for finding in view.result.findings:
        if caused := texts(behind(finding, view.result.info)):
            meant[finding.area] = caused
        elif finding.kind != "time" or not by_pattern.issuperset(finding.about):
            groups[finding.area].append(finding.text)
    if {v.id for v in failed_beyond(view)} & {"accepted_p95", "refusals"}:
        groups["Infrastructure"].append(REFUSE)
    return {
        group: list(dict.fromkeys(lines)) or [checked_patterns.nothing_in(view, group, meant.get(group, ""))]
        for group, lines in groups.items()
    }
