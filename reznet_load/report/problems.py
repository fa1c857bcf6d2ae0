"""What is wrong with what a run measured, worst first: broken, slow, worse than before, beyond the load, not proven, wasteful."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reznet_load.core.failed.failed_kind import FailedKind, by_row
from reznet_load.core.profile import SOAK
from reznet_load.core.regression import PROVEN
from reznet_load.core.rows import named
from reznet_load.core.run import Caution, Finding, Verdict
from reznet_load.core.text.foreign_text import for_terminal
from reznet_load.core.units import format_value
from reznet_load.report.outcome import REFUSE, failed_beyond
from reznet_load.report.parts.causes import cause_of
from reznet_load.report.parts.failure_sentences import says, search
from reznet_load.report.parts.less_load import of_row, of_verdict
from reznet_load.report.view import View, few_names, remedied, sentence
from reznet_load.verdict.diagnosis.diagnose import RULES
from reznet_load.verdict.diagnosis.intended_causes import causes
from reznet_load.verdict.judgement import FAILURES, FEWEST, SAMPLES, spread
from reznet_load.verdict.remedies import measure_longer
from reznet_load.verdict.rules import FAILED_SHARE

BROKEN, SLOW, WORSE, BEYOND, UNPROVEN, WASTEFUL = (
    "broken",
    "slow",
    "worse",
    "beyond the expected load",
    "not proven",
    "wasteful",
)
DECIDE = frozenset({BROKEN, SLOW, WORSE})  # the kinds that make the outcome what it is
_ERRORS, _KNEE = "error_rate", "knee"
_KINDS = 2  # of failure that one problem names


@dataclass(frozen=True, slots=True)
class Problem:
    """`text` says what is wrong, `evidence` how much of it was seen, `next_step` what to do now.

    said   the failure whose text, the backend's own, is evidence too
    intended   names of the embedded target's options that can cause it
    """

    kind: str
    text: str
    evidence: str
    next_step: str
    said: FailedKind | None = None
    intended: frozenset[str] = frozenset()


def problems(view: View) -> tuple[Problem, ...]:
    """All of them, the worst first; of a void run the generator's alone."""
    voids = [one for one in remedied(view.result.cautions) if one.void]
    if voids:
        return tuple(_void(view, one) for one in voids)
    failing = _failing(view)
    causes = {row: cause for row, kinds in failing.items() if (cause := cause_of(view, kinds)) is not None}
    return (
        *_broken(view, failing, causes),
        *_ended_badly(view),
        *_slow(view, {one.id for one in causes.values()}),
        *_worse(view),
        *_beyond(view),
        *_unproven(view),
        *_wasteful(view),
    )


def _void(view: View, caution: Caution) -> Problem:
    """The first of the cautions that share a remedy, then the others as its evidence."""
    first = next(one.text for one in view.result.cautions if one.void and caution.text.startswith(one.text))
    return Problem(BROKEN, first, caution.text.removeprefix(first).strip(), caution.remedy)


def _failing(view: View) -> dict[str, list[FailedKind]]:
    """Row -> its kinds of failure, of each row that is broken; the largest share first."""
    rows = by_row(view.result.failures)
    shares = {row: sum(one.count for one in kinds) / max(kinds[0].total, 1) for row, kinds in rows.items()}
    return {
        row: rows[row]
        for row in sorted(rows, key=lambda row: -shares[row])
        if sum(one.count for one in rows[row]) >= FEWEST and shares[row] >= FAILED_SHARE
    }


def _broken(view: View, failing: dict[str, list[FailedKind]], causes: dict[str, Finding]) -> Iterator[Problem]:
    """A problem a row; its cause and what to do about it come before how the logs are searched, once."""
    explained: set[str] = set()
    for row, kinds in failing.items():
        why, step = "", search(view.result.operations, kinds)
        if (cause := causes.get(row)) is not None:
            why = f"Cause: {cause.text[:1].lower()}{cause.text[1:]}"
            if cause.id not in explained:
                why, step = f"{why} {cause.evidence}", f"{cause.advice} {step}"
            explained.add(cause.id)
        yield Problem(
            BROKEN,
            _failed(row, sum(one.count for one in kinds), kinds[0].total),
            " ".join(filter(None, (why, _reasons(kinds), of_row(view, row)))),
            step,
            next((one for one in kinds if says(one)), None),
        )


def _failed(row: str, failed: int, total: int) -> str:
    if failed == total:
        return f"No {named(row).words} succeeded ({failed} of {total} failed)."
    words = named(row).words
    return f"{words[0].upper()}{words[1:]}: {failed} of {total} failed ({format_value(100 * failed / total, '%')})."


def _reasons(kinds: list[FailedKind]) -> str:
    told = "; ".join(f"{one.count} × {for_terminal(one.error)}" for one in kinds[:_KINDS])
    rest = len(kinds) - _KINDS
    if rest > 0:
        told += f"; {rest} other kind{'' if rest == 1 else 's'}"
    return sentence(told)


def _ended_badly(view: View) -> Iterator[Problem]:
    """A crash, a leak, no recovery."""
    for one in view.result.behaviour:
        if one.outcome == "fail" and one.required and one.counts:
            yield Problem(
                BROKEN,
                sentence(f"{one.title}: failed"),
                sentence(one.reason),
                "The document's section 6 has it second by second.",
            )


def _slow(view: View, shown: set[str]) -> Iterator[Problem]:
    """Failed requirements with what explains them, the most costly first; then those that nothing explains.

    A known pattern explains its requirements. Where their time went is then no further problem, and stands in its section.
    shown   ids of the findings that stand with a broken row already
    """
    costly = [one for one in view.result.findings if one.cost > 0]
    by_pattern = {id for one in costly if one.kind != "time" for id in one.about}
    explained: set[str] = set()
    for one in costly:
        explained |= set(one.about)
        if one.id not in shown and not (one.kind == "time" and by_pattern.issuperset(one.about)):
            yield _explained(view, one)
    for v in view.result.verdicts:
        unexplained = v.id not in explained and v.id != _ERRORS  # its row is among the broken ones
        if unexplained and v.outcome == "fail" and v.required and v.counts and v.value is not None:
            evidence = " ".join(filter(None, (_interval(v), of_verdict(view, v))))
            yield Problem(SLOW, _past(v), evidence, _figures(view, v.id))


def _explained(view: View, finding: Finding) -> Problem:
    """Where the time of one requirement went begins with that requirement; a known pattern with its name."""
    about = [v for id in finding.about if (v := view.verdict(id)) is not None and v.outcome == "fail"]
    valued = [v for v in about if v.value is not None]
    less = next(filter(None, (of_verdict(view, v) for v in valued)), "")
    if finding.kind == "time" and len(valued) == 1:
        text, evidence = (
            _past(valued[0]),
            [sentence(finding.text.removeprefix(f"{valued[0].title}: ")), finding.evidence],
        )
    else:
        past = "; ".join(_past(one).rstrip(".") for one in valued)
        text, evidence = finding.text, [finding.evidence, sentence(past)]
    told = " ".join(filter(None, (*evidence, less)))
    return Problem(SLOW, text, told, finding.advice, intended=frozenset(causes(finding, RULES)))


def _past(verdict: Verdict) -> str:
    if verdict.value is None:
        return f"{verdict.title}:"
    return f"{verdict.title} is {format_value(verdict.value, verdict.unit)}, wanted {verdict.limit}."


def _interval(verdict: Verdict) -> str:
    if verdict.value is None or verdict.low is None or verdict.high is None:
        return f"n = {verdict.n}, {verdict.row}."
    return f"{spread(verdict.value, verdict.low, verdict.high, verdict.unit)}, n = {verdict.n}, {verdict.row}."


def _figures(view: View, id: str, before: str = "") -> str:
    section = next((nfr.section for nfr in view.requirements.nfrs if nfr.id == id), 6)
    return f"{before}The document's section {section} has its figures."


def _worse(view: View) -> Iterator[Problem]:
    for one in view.result.regressions:
        if one.kind == PROVEN:
            yield Problem(WORSE, f"{one.text}.", sentence(one.evidence), "Look at what changed between those commits.")


def _beyond(view: View) -> Iterator[Problem]:
    """What failed with more users than expected: it fails no run, and is what a stress run asks."""
    failed = failed_beyond(view)
    if not failed:
        return
    titles = few_names([v.title for v in failed])
    knee = [sentence(f"Knee: {v.reason}") for v in view.result.behaviour if v.id == _KNEE and v.low is not None]
    why = [f"{_past(v)} {sentence(v.reason)}" for v in failed]
    causes = [text for step in view.result.steps for text in step.went][-1:]
    yield Problem(
        BEYOND,
        f"It fails beyond the expected load, which does not affect the result: {titles}.",
        " ".join([*why, *knee, *causes]),
        f"{REFUSE} The document's section 6 has each number of users.",
    )


def _wasteful(view: View) -> Iterator[Problem]:
    for v in view.result.verdicts:
        if v.outcome == "fail" and not v.required and v.value is not None:
            yield Problem(
                WASTEFUL,
                _past(v),
                _interval(v),
                _figures(view, v.id, "Nothing is required, because it is advisory. "),
            )
    for one in (one for one in view.result.findings if not one.cost):
        yield Problem(WASTEFUL, one.text, one.evidence, one.advice)


def _unproven(view: View) -> Iterator[Problem]:
    # What is open because others failed is no problem of its own.
    open_ = [
        v
        for v in (*view.result.verdicts, *view.result.behaviour)
        if v.outcome == "warning" and v.required and v.counts and v.open != FAILURES
    ]
    if not open_:
        return
    soaked = any(phase.part == SOAK for phase in view.result.info.phases)
    # An interval narrows with time, and a drift shows.
    few = [v for v in open_ if soaked or v.open == SAMPLES or (not v.open and v.low is not None)]
    failed = any(v.outcome == "fail" and v.required and v.counts for v in view.result.verdicts)
    other = "Mend what failed, then run again." if failed else "The table has the reason of each."
    step = measure_longer(view.result.info) if few else other
    shown = (few or open_)[0]
    named_first = f"{shown.title}: " if len(open_) > 1 else ""
    yield Problem(
        UNPROVEN,
        f"Not proven: {few_names([v.title for v in open_])}.",
        sentence(f"{named_first}{shown.reason}"),
        step,
    )
