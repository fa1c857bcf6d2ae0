"""Problems of one cause that are shown as one: of a slow provider, and of the same options of the embedded target."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from reznet_load.core.finding import Finding
from reznet_load.core.run import Verdict
from reznet_load.report.problems.problem import DECIDE, Problem, failing
from reznet_load.report.view import View
from reznet_load.verdict.diagnosis.estimate import TimeShare
from reznet_load.verdict.diagnosis.intended_causes import SLOW_PROVIDER, largest
from reznet_load.verdict.diagnosis.patterns.agents import ASPECTS
from reznet_load.verdict.diagnosis.shares import PROVIDER

_MOST = 50.0  # percent of a time from which the provider has most of it
_WAITED = {aspect.users: aspect.waited for aspect in ASPECTS}


def of_slow_provider(view: View, findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The pattern of a slow provider, then each finding whose time is proven to be mostly the provider's.

    The requirements of all of them were judged in the same phase. (): fewer than two such findings.
    """
    pattern = next((one for one in findings if one.id == SLOW_PROVIDER), None)
    if pattern is None:
        return ()
    phases = {v.phase for v in _failed(view, pattern)}
    mostly = [
        one
        for one in findings
        if one.kind == "time"
        and largest(one) == PROVIDER
        and one.low > _MOST
        and {v.phase for v in _failed(view, one)} <= phases
    ]
    return (pattern, *mostly) if mostly else ()


def share_sentences(view: View, finding: Finding) -> str:
    """`Estimated share of the provider in the users' time for a whole reply: 93 to 100 %.`: one for each row of `finding`."""
    share = TimeShare(next(iter(finding.shares.values()), 0.0), finding.low, finding.high).text
    rows = {v.row for v in _failed(view, finding)}
    waited = [f"the users' {_WAITED[row]}" if row in _WAITED else f"the time of {row}" for row in sorted(rows)]
    return " ".join(f"Estimated share of the provider in {one}: {share}." for one in waited)


def _failed(view: View, finding: Finding) -> list[Verdict]:
    return [v for v in failing(view) if v.id in finding.about]


def joined(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """`problems` in order; those that the same options cause on purpose, and no others, are one."""
    found: list[Problem] = []
    for one in problems:
        place = next((at for at, other in enumerate(found) if _same(other, one)), None)
        if place is None:
            found.append(one)
        else:
            found[place] = _both(found[place], one)
    return tuple(found)


def _same(one: Problem, other: Problem) -> bool:
    decide = {one.kind, other.kind} <= DECIDE
    return bool(one.intended) and one.intended == other.intended and (decide or one.kind == other.kind)


def _both(first: Problem, other: Problem) -> Problem:
    """`first` with what fails by `other` and its evidence, of which its title is the first unless it is in `fails`."""
    title = "" if other.text.endswith(" fails.") else other.text
    evidence = (first.evidence, title, other.evidence)
    return replace(
        first,
        fails=" ".join(filter(None, (first.fails, other.fails))),
        evidence=" ".join(dict.fromkeys(filter(None, evidence))),
        said=first.said or other.said,
        about=(*first.about, *(id for id in other.about if id not in first.about)),
    )
