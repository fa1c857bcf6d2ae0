"""Problems that fail no required requirement: requirements that are not proven, wasteful patterns, advisory failures."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reznet_load.core.on_purpose import texts
from reznet_load.core.profile import SOAK
from reznet_load.core.run import Verdict
from reznet_load.core.units import format_value
from reznet_load.report.problems.problem import UNPROVEN, WASTEFUL, Problem, failing, sentences, set_on_purpose
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


def wasteful(view: View) -> Iterator[Problem]:
    """Problems for known patterns that made nothing fail."""
    for one in view.result.findings:
        if not one.cost:
            options = behind(one, view.result.info)
            yield Problem(
                WASTEFUL,
                sentence(one.text),
                evidence=sentences(one.evidence),
                cause=set_on_purpose(options),
                next_step="" if options else one.advice,
                intended=options,
            )


def advisory(view: View) -> str:
    """A sentence for each advisory requirement that fails, without a next step; "" if none fails."""
    found = []
    for v in view.result.verdicts:
        if v.outcome == "fail" and not v.required and v.value is not None:
            options = behind_value(v.id, view.result.info)
            why = f" ({texts(options)}, set on purpose)" if options else ""
            found.append(f"{v.title} is {format_value(v.value, v.unit)}, limit {v.limit}{why}.")
    return " ".join(found)
