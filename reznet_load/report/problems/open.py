"""Problems that fail no required requirement: requirements that are not proven, wasteful patterns, advisory failures."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reznet_load.core.finding import Finding
from reznet_load.core.on_purpose import texts
from reznet_load.core.profile import SOAK
from reznet_load.core.regression import PROVEN
from reznet_load.core.run import Verdict
from reznet_load.core.units import format_value
from reznet_load.report.problems.problem import (
    UNPROVEN,
    WASTEFUL,
    Problem,
    explains_failure,
    failing,
    missed,
    sentences,
    set_on_purpose,
)
from reznet_load.report.view import View, few_names, more_than_value, sentence
from reznet_load.verdict.diagnosis.intended_causes import behind, behind_value
from reznet_load.verdict.judgement import FAILURES, MORE_USERS, SAMPLES, minutes_more, spread
from reznet_load.verdict.remedies import measure_longer

# `p95 is not decided: the interval contains the limit of < 100 ms`: the text of verdict/judgement.stands.
_CONTAINS = re.compile(r"^(?:\w+ )?(?:is )?not decided: the interval contains the limit of [^;]+")


def unproven(view: View) -> Iterator[Problem]:
    """One problem for all undecided requirements, without requirements that are undecided because others failed."""
    open_ = [
        v
        for v in (*view.result.verdicts, *view.result.behaviour)
        if v.outcome == "warning" and v.required and v.counts and v.open != FAILURES
    ]
    if not open_:
        return
    soaked = any(phase.part == SOAK for phase in view.result.info.phases)
    # A longer run narrows an interval, and shows a drift.
    few = [v for v in open_ if soaked or v.open == SAMPLES or (not v.open and v.low is not None)]
    shown = (few or open_)[0]
    yield Problem(
        UNPROVEN,
        f"Not proven: {few_names([v.title for v in open_])}.",
        f"{shown.title}: {_value(shown)}",
        _why(shown),
        next_step=_step(view, few),
    )


def _value(v: Verdict) -> str:
    if v.value is None:
        return "no value."
    if v.low is None or v.high is None:
        return f"{format_value(v.value, v.unit)}, limit {v.limit}."
    return f"{spread(v.value, v.low, v.high, v.unit)}, limit {v.limit}."


def _why(v: Verdict) -> str:
    text = _CONTAINS.sub("the interval contains the limit", more_than_value(v))
    return sentences(*text.split("; "))


def _step(view: View, few: list[Verdict]) -> str:
    if few and not all(MORE_USERS in v.reason for v in few):
        minutes = [minutes_more(v.reason) for v in few]
        known = [one for one in minutes if one < float("inf")]  # no run is long enough for the others
        return measure_longer(view.result.info, max(known or minutes))
    if failing(view):
        return "Mend what failed, then run again."
    return "Read the reason of each in the table below."


def wasteful(view: View, shown: set[str]) -> Iterator[Problem]:
    """Problems for known patterns that made nothing fail, or only advisory requirements.

    shown   ids of findings that problems of broken rows already show
    """
    for one in (one for one in _of_patterns(view) if one.id not in shown):
        options = behind(one, view.result.info)
        fails = [v for v in _advisory(view) if v.id in one.about]
        yield Problem(
            WASTEFUL,
            sentence(one.text),
            missed(fails),
            sentences(one.evidence, "This is advisory and does not affect the result." if fails else ""),
            set_on_purpose(options),
            "" if options else one.advice,
            about=tuple(v.id for v in fails),
            intended=options,
        )


def _of_patterns(view: View) -> list[Finding]:
    worse = {one.id for one in view.result.regressions if one.kind == PROVEN}
    return [
        one
        for one in view.result.findings
        if one.kind != "time"
        and not explains_failure(view, one)
        and not worse.intersection(one.about if one.cost else ())
    ]


def _advisory(view: View) -> list[Verdict]:
    return [v for v in view.result.verdicts if v.outcome == "fail" and not v.required and v.value is not None]


def advisory(view: View) -> str:
    """A sentence for each advisory requirement that fails and that no pattern explains; "" if none fails."""
    explained = {id for one in _of_patterns(view) for id in one.about}
    found = []
    for v in _advisory(view):
        if v.id not in explained:
            options = behind_value(v.id, view.result.info)
            why = f" ({texts(options)}, set on purpose)" if options else ""
            found.append(f"{v.title} is {format_value(v.value, v.unit)}, limit {v.limit}{why}.")
    return " ".join(found)
