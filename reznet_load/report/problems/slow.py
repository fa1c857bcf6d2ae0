"""Problems of requirements whose value misses its limit, of regressions, and of failures beyond the expected load."""

from __future__ import annotations

from collections.abc import Iterator

from reznet_load.core.failed.failed_kind import FailedKind
from reznet_load.core.finding import Finding
from reznet_load.core.regression import PROVEN
from reznet_load.core.run import Verdict
from reznet_load.core.text.foreign_text import for_terminal
from reznet_load.report.outcome import REFUSE, failed_beyond
from reznet_load.report.parts.less_load import of_verdict
from reznet_load.report.problems.joined import of_slow_provider, share_sentences
from reznet_load.report.problems.problem import (
    BEYOND,
    SLOW,
    WORSE,
    Problem,
    explains_failure,
    failing,
    missed,
    read_section,
    sentences,
    set_on_purpose,
)
from reznet_load.report.view import View, brief, few_names, sentence
from reznet_load.verdict.diagnosis.intended_causes import behind, behind_failures, behind_value
from reznet_load.verdict.judgement import spread

_KNEE = "knee"


def slow(view: View, shown: set[str], about: set[str]) -> Iterator[Problem]:
    """Problems for failed requirements: first those that findings explain, the costliest first, then the others.

    If a known pattern explains a requirement, "where the time went" is not a further problem; its section has it. If the
    pattern is a slow provider, requirements whose time is mostly the provider's are part of its problem.

    shown   ids of findings that problems of broken rows already show
    about   ids of requirements that broken rows fail
    """
    costly = [one for one in view.result.findings if one.cost > 0]
    by_pattern = {id for one in costly if one.kind != "time" for id in one.about}
    explained = {*about, *(id for one in costly for id in one.about)}
    unexplained = [
        one
        for one in costly
        if one.id not in shown
        and not (one.kind == "time" and by_pattern.issuperset(one.about))
        and explains_failure(view, one)
    ]
    provider = of_slow_provider(view, unexplained)
    first = next((one for one in unexplained if one in provider), None)  # the costliest of them
    for one in unexplained:
        if one not in provider:
            yield _explained(view, one)
        elif one is first:
            yield _explained(view, *provider)
    for v in failing(view):
        if v.id not in explained:
            yield _unexplained(view, v)


def _explained(view: View, finding: Finding, *mostly: Finding) -> Problem:
    """The problem of `finding`; of a slow provider also of `mostly`, times that are mostly the provider's."""
    mine = [v for one in (finding, *mostly) for v in failing(view) if v.id in one.about]
    options = behind(finding, view.result.info)
    less = "" if options else next(filter(None, (of_verdict(view, v) for v in mine if v.value is not None)), "")
    return Problem(
        SLOW,
        sentence(finding.text),
        missed(mine),
        sentences(_facts(finding), *(share_sentences(view, one) for one in mostly), less),
        set_on_purpose(options),
        "" if options else finding.advice,
        about=tuple(v.id for v in mine),
        intended=options,
    )


def _facts(finding: Finding) -> str:
    """The evidence of a finding without the shares of the time: the title has the largest, and the section has all."""
    return finding.split.facts


def _unexplained(view: View, v: Verdict) -> Problem:
    if v.value is None:
        return _by_failures(view, v)
    options = behind_value(v.id, view.result.info)
    return Problem(
        SLOW,
        f"{v.title} fails." if options else f"{v.title} fails, and its cause was not found.",
        missed([v]),
        sentences(_measured(v), "" if options else of_verdict(view, v)),
        set_on_purpose(options),
        "" if options else read_section(view, v.id),
        about=(v.id,),
        intended=options,
    )


def _by_failures(view: View, v: Verdict) -> Problem:
    """The problem of a failing row that is not of users, such as a provider that was asked directly.

    Failing rows of users are separate problems (`broken`).
    """
    row = view.row(v.row)
    kinds = (
        [FailedKind(row.key, text, count, row.total) for text, count in row.errors.items()] if row is not None else []
    )
    options = behind_failures(kinds, view.result.info)
    return Problem(
        SLOW,
        f"{v.title} fails: {sentence(brief(v))}",
        evidence=sentences("; ".join(f"{one.count} × {for_terminal(one.error)}" for one in kinds)),
        cause=set_on_purpose(options),
        next_step="" if options else read_section(view, v.id),
        about=(v.id,),
        intended=options,
    )


def _measured(v: Verdict) -> str:
    if v.value is None or v.low is None or v.high is None:
        return f"Measured: n = {v.n}, {v.row}"
    return f"Measured: {spread(v.value, v.low, v.high, v.unit)}, n = {v.n}, {v.row}"


def worse(view: View) -> Iterator[Problem]:
    """A problem for each proven regression."""
    for one in view.result.regressions:
        if one.kind == PROVEN:
            known = [found for found in view.result.findings if one.id in found.about]
            why = [text for found in known for text in (found.text, _facts(found))]
            steps = ["Look at what changed between those commits.", *(found.advice for found in known)]
            yield Problem(WORSE, f"{one.text}.", evidence=sentences(one.evidence, *why), next_step=sentences(*steps))


def beyond(view: View) -> Iterator[Problem]:
    """Problems for verdicts that failed with more users than expected. They fail no run; a stress run looks for them."""
    failed = failed_beyond(view)
    if not failed:
        return
    titles = few_names([v.title for v in failed])
    fails = "fails" if len(failed) == 1 else "fail"
    knee = [f"Knee: {v.reason}" for v in view.result.behaviour if v.id == _KNEE and v.low is not None]
    causes = [text for step in view.result.steps for text in step.went][-1:]
    options = tuple(dict.fromkeys(one for v in failed for one in behind_value(v.id, view.result.info)))
    yield Problem(
        BEYOND,
        f"With more users than expected, which does not affect the result, {fails}: {titles}.",
        missed(v for v in failed if v.value is not None),
        sentences(*(v.reason for v in failed), *knee, *causes),
        set_on_purpose(options),
        "" if options else f"{REFUSE} Section 6 of PERFORMANCE_TEST_RESULTS.md has each number of users.",
        intended=options,
    )
