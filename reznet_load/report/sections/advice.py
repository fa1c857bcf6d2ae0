"""What was found under the document's headings: known issues, opportunities, recommendations; the most costly first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from reznet_load.core.finding import Finding
from reznet_load.core.regression import PROVEN, Regression
from reznet_load.core.rows import named
from reznet_load.core.run import INVALID, SUITE, Verdict
from reznet_load.core.units import format_value
from reznet_load.report.lines import NO_LOAD, line
from reznet_load.report.outcome import REFUSE, failed_beyond
from reznet_load.report.parts import checked_patterns, query_plans
from reznet_load.report.parts.failure_sentences import issue
from reznet_load.report.sections.s6_load import open_items
from reznet_load.report.view import View, actual, remedied, sentence
from reznet_load.verdict.judgement import FAILURES, SAMPLES, SILENT, STALL
from reznet_load.verdict.remedies import longer

GROUPS = ("Database", "Caching", "LLM", "Infrastructure")
_NEAR = 0.7  # of a limit: worth a word before it is passed


def names(view: View) -> dict[str, Any]:
    """Of `advice.md.j2`."""
    return {
        "nothing": _nothing(view),
        "issues": known_issues(view),
        "looked_for": checked_patterns.everything(view),
        "opportunities": opportunities(view),
        "immediate": immediate(view),
        "long_term": long_term(view),
    }


def _nothing(view: View) -> str:
    """How much was judged where nothing of it failed; what failed beyond what is judged."""
    if view.result.outcome in INVALID:
        return "No requirement was judged: the run is void or was broken off."
    judged = sum(v.outcome != "pending" for v in view.result.verdicts)
    text = f"{judged} of {len(view.result.verdicts)} requirements were judged and none failed"
    elsewhere = {row.phase: 0 for row in view.result.rows if not _is_judged(view, row.phase)}
    for row in view.result.rows:
        if row.phase in elsewhere and named(row.key).is_request:
            elsewhere[row.phase] += row.failures
    told = ", ".join(f"“{phase}” ({format_value(count, 'count')})" for phase, count in elsewhere.items() if count)
    return f"{text}. No operation failed in what was judged{f'; some failed in {told}, which is not judged' if told else ''}."


def _is_judged(view: View, phase: str) -> bool:
    return any(one.name == phase for one in view.judged_phases)


def _troubled(view: View, *outcomes: str) -> list[Verdict]:
    return [v for v in view.result.verdicts if v.outcome in outcomes and v.counts]


def _beside(view: View, outcome: str) -> list[Verdict]:
    """Of what is judged in addition to the requirements (a crash, a leak, no recovery) what counts for the outcome."""
    return [v for v in view.result.behaviour if v.outcome == outcome and v.required and v.counts]


def _title(view: View, id: str) -> str:
    verdict = view.verdict(id)
    return verdict.title if verdict else id


def _bad(view: View, verdict: Verdict) -> bool:
    """Failed, or proven to be worse than before."""
    return verdict.outcome == "fail" or verdict.id in {one.id for one in _worse(view)}


def _worse(view: View) -> list[Regression]:
    return [one for one in view.result.regressions if one.kind == PROVEN]


def _explained(view: View, finding: Finding) -> str:
    """` Explains: Agent Response Time (p95) (3 412 ms), …` of those that failed or are worse than before."""
    failed = [v for id in finding.about if (v := view.verdict(id)) is not None and _bad(view, v)]
    named = [f"{v.title} ({format_value(v.value, v.unit)})" if v.value is not None else v.title for v in failed]
    return f" Explains: {', '.join(named)}." if named and finding.kind == "pattern" else ""


def _found(view: View, finding: Finding) -> str:
    return f"**{finding.text}** {finding.evidence}{_explained(view, finding)}".rstrip()


def _costly(view: View) -> list[Finding]:
    return [one for one in view.result.findings if one.cost > 0]


def known_issues(view: View) -> list[str]:
    """What explains a failed requirement, what failed unexplained, what got worse, what users saw fail, why not to trust it."""
    costly = _costly(view)
    explained = {id for finding in costly for id in finding.about}
    by_pattern = {id for one in costly if one.kind != "time" for id in one.about}
    found = [_found(view, one) for one in costly if one.kind != "time" or not by_pattern.issuperset(one.about)]
    failed = [v for v in _troubled(view, "fail") if v.id not in explained]
    found += [_failed(view, v) for v in failed if v.required]
    found += [f"**{v.title}**: {sentence(v.reason)}" for v in _beside(view, "fail")]
    found += [f"**{one.text}.** {sentence(one.evidence)}" for one in _worse(view)]
    found += [issue(one) for one in view.result.failures]
    found += [_failed(view, v) for v in failed if not v.required]
    if beyond := failed_beyond(view):
        found.append(
            f"**Beyond the expected load**, which does not affect the result: {_titles(beyond)} (“What this run was for”)."
        )
    return found + [
        f"**{caution.text}** {caution.remedy}" for caution in remedied(view.result.cautions) if caution.void
    ]


def _failed(view: View, verdict: Verdict) -> str:
    advisory = "" if verdict.required else " (advisory)"
    return f"**{verdict.title}**{advisory}: {actual(verdict, len(view.judged_phases))}"


def opportunities(view: View) -> list[str]:
    """Patterns that made nothing fail, plans that the load made worse, what is not proven, what uses most of its limit."""
    found = [f"{_found(view, one)} {one.advice}" for one in view.result.findings if not one.cost]
    found += query_plans.advised(view)
    if unproven := [v for v in (*_troubled(view, "warning"), *_beside(view, "warning")) if v.open != FAILURES]:
        found.append(f"Not proven: {_titles(unproven)}. The reasons stand in the tables.")
    limits = {nfr.id: nfr.limit for nfr in view.requirements.nfrs}
    for v in _troubled(view, "pass"):
        limit = limits.get(v.id)  # a recovery's verdict has none in nfr.toml
        if limit and limit.below and v.value is not None and limit.value and v.value > _NEAR * limit.value:
            found.append(f"{v.title} uses {100 * v.value / limit.value:.0f} % of its limit ({v.row}).")
    return found


def immediate(view: View) -> dict[str, list[str]]:
    """Immediate actions in the document's three groups."""
    return {
        "Run Performance Tests": _measure(view),
        "Profile Slow Operations": _steps(view) + _errors(view),
        "Load Testing": _prove(view) + open_items(view),
    }


def _measure(view: View) -> list[str]:
    """What no run has measured, by the reason why; a void run has measured nothing, and says how the next one does."""
    if voids := [caution.remedy for caution in remedied(view.result.cautions) if caution.void]:
        return [f"Run it again: {remedy}" for remedy in voids]
    shown = [one.verdict for nfr in view.requirements.nfrs if (one := line(view, nfr.id)) is not None]
    groups: dict[str, list[Verdict]] = {}
    for verdict in shown:
        if verdict.outcome == "pending" and verdict.open != FAILURES:  # they are to be mended, not measured again
            groups.setdefault(verdict.reason, []).append(verdict)
    groups.pop(NO_LOAD, None)  # an item of section 6, and reported with those
    found = [_measured(group, reason) for reason, group in groups.items()]
    info = view.result.info
    alone = info.scenario == SUITE or view.context.suite is not None or not info.started  # the CSVs of another project
    return found if alone else [*found, "Time every part alone, one user and no load: make perf."]


def _measured(group: list[Verdict], reason: str) -> str:
    """How to have a value of `group`; where only silence is known, that is what to look into."""
    silent = any(verdict.open == SILENT for verdict in group)
    return sentence(
        f"Find out why there is no value of {_titles(group)}: {reason}"
        if silent
        else f"Measure {_titles(group)}: {reason}"
    )


def _prove(view: View) -> list[str]:
    """What would tell where nothing is proven; where nothing is known that would, the reason stands in its line alone."""
    warned, info = _troubled(view, "warning"), view.result.info
    few, hidden = ([v for v in warned if v.open == what] for what in (SAMPLES, STALL))
    found = [f"Measure for longer, {longer(info)}: {_titles(few)}."] if few else []
    if hidden:
        found.append(
            f"Look for what stands still while users wait, section 6 has p95 from the intended start: {_titles(hidden)}."
        )
    return found


def _titles(verdicts: Iterable[Verdict]) -> str:
    return ", ".join(verdict.title for verdict in verdicts)


def _concerned(view: View, finding: Finding) -> list[str]:
    """Titles of the requirements that a finding is about: of those that failed, where some did."""
    failed = [v.title for id in finding.about if (v := view.verdict(id)) is not None and _bad(view, v)]
    return failed or [_title(view, id) for id in finding.about]


def _steps(view: View) -> list[str]:
    """What to do about each costly finding, once for each advice."""
    groups: dict[str, list[str]] = {}
    costly = _costly(view)
    by_pattern = {id for one in costly if one.kind != "time" for id in one.about}
    for one in costly:
        if one.kind != "time" or not by_pattern.issuperset(one.about):
            mine = groups.setdefault(one.advice, [])
            mine += [title for title in _concerned(view, one) if title not in mine]
    return [f"{', '.join(titles)}: {advice}" for advice, titles in groups.items()]


def _errors(view: View) -> list[str]:
    """A row that fails by errors is not slow."""
    by_errors = [v for v in _troubled(view, "fail") if v.id == "error_rate" or (v.value is None and v.open == FAILURES)]
    rows = list(dict.fromkeys(v.row for v in by_errors))
    return [f"Read the kinds of failure of {row} under Known Issues; the most frequent first." for row in rows]


def long_term(view: View) -> dict[str, list[str]]:
    """Findings in the long-term group of their area; a group without one says whether it was looked for."""
    groups: dict[str, list[str]] = {group: [] for group in GROUPS}
    by_pattern = {id for one in view.result.findings if one.kind != "time" for id in one.about}
    for finding in view.result.findings:
        if finding.kind != "time" or not by_pattern.issuperset(finding.about):
            step = "Immediate Actions has what to do." if finding.cost > 0 else finding.advice
            groups[finding.area].append(f"{finding.text} {step}")
    if {v.id for v in failed_beyond(view)} & {"accepted_p95", "refusals"}:
        groups["Infrastructure"].append(REFUSE)
    return {
        group: list(dict.fromkeys(lines)) or [checked_patterns.nothing_in(view, group)]
        for group, lines in groups.items()
    }
