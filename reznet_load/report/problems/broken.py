"""Problems of rows whose operations fail, and of runs that end badly: kinds of failure, cause, and where to look."""

from __future__ import annotations

from collections.abc import Iterator

from reznet_load.core.failed.failed_kind import FailedKind, by_row
from reznet_load.core.finding import Finding
from reznet_load.core.rows import AGENT_TURN, named
from reznet_load.core.run import Caution, Verdict
from reznet_load.core.text.foreign_text import for_terminal
from reznet_load.core.units import format_value
from reznet_load.report.parts.causes import cause_of
from reznet_load.report.parts.failure_sentences import says, search
from reznet_load.report.parts.less_load import of_row
from reznet_load.report.problems.problem import BROKEN, Problem, failing, missed, sentences, set_on_purpose
from reznet_load.report.view import View, sentence
from reznet_load.verdict.diagnosis.intended_causes import behind, behind_failures
from reznet_load.verdict.judgement import FEWEST
from reznet_load.verdict.rules import FAILED_SHARE

_KINDS = 2  # most kinds of failure that a problem names


def of_void(view: View, caution: Caution) -> Problem:
    """The problem of a void run: the first of the cautions with the same remedy; the others are its evidence."""
    first = next(one.text for one in view.result.cautions if one.void and caution.text.startswith(one.text))
    rest = caution.text.removeprefix(first).strip()
    return Problem(BROKEN, first, evidence=rest, next_step=caution.remedy)


def failing_rows(view: View) -> dict[str, list[FailedKind]]:
    """Row -> its kinds of failure, for broken rows, those with the largest share of failures first."""
    rows = by_row(view.result.failures)
    shares = {row: sum(one.count for one in kinds) / max(kinds[0].total, 1) for row, kinds in rows.items()}
    return {
        row: rows[row]
        for row in sorted(rows, key=lambda row: -shares[row])
        if sum(one.count for one in rows[row]) >= FEWEST and shares[row] >= FAILED_SHARE
    }


def broken(view: View, rows: dict[str, list[FailedKind]], causes: dict[str, Finding]) -> Iterator[Problem]:
    """A problem for each row; if rows have the same cause, only the first explains it."""
    explained: set[str] = set()
    for row, kinds in rows.items():
        cause = causes.get(row)
        known = cause is not None and cause.id in explained
        yield _broken(view, row, kinds, cause, known)
        explained |= {cause.id} if cause is not None else set()


def causes_of(view: View, rows: dict[str, list[FailedKind]]) -> dict[str, Finding]:
    """Row -> the finding that causes half or more of the failures of the row."""
    return {row: cause for row, kinds in rows.items() if (cause := cause_of(view, kinds)) is not None}


def _broken(view: View, row: str, kinds: list[FailedKind], cause: Finding | None, known: bool) -> Problem:
    fails = [v for v in failing(view) if _fails_by(v, row, cause)]
    options = behind_failures(kinds, view.result.info) or (behind(cause, view.result.info) if cause else ())
    found = cause.evidence if cause is not None and not known else ""
    why = sentence(f"{cause.text[:1].lower()}{cause.text[1:]}") if cause is not None else ""
    steps = (cause.advice if cause is not None and not known else "", search(view.result.operations, kinds))
    return Problem(
        BROKEN,
        _failed(row, sum(one.count for one in kinds), kinds[0].total),
        missed(fails),
        sentences(_reasons(kinds), found, "" if options else of_row(view, row)),
        set_on_purpose(options) or why,
        "" if options else sentences(*steps),
        next((one for one in kinds if says(one)), None),
        tuple(v.id for v in fails),
        options,
    )


def _fails_by(verdict: Verdict, row: str, cause: Finding | None) -> bool:
    """Does the verdict fail because of `row`?

    True if the row decided it, or if it has no value because operations of the row, or with the same cause, failed.
    """
    if verdict.row == row:
        return True
    part = row == AGENT_TURN.key and named(verdict.row).part
    return verdict.value is None and (part or (cause is not None and verdict.id in cause.about))


def _failed(row: str, failed: int, total: int) -> str:
    if failed == total:
        return f"No {named(row).words} succeeded ({failed} of {total} failed)."
    words = named(row).words
    return f"{words[0].upper()}{words[1:]}: {failed} of {total} failed ({format_value(100 * failed / total, '%')})."


def _reasons(kinds: list[FailedKind]) -> str:
    kinds_text = "; ".join(f"{one.count} × {for_terminal(one.error)}" for one in kinds[:_KINDS])
    rest = len(kinds) - _KINDS
    if rest > 0:
        kinds_text += f"; {rest} other kind{'' if rest == 1 else 's'}"
    return kinds_text


def ended_badly(view: View) -> Iterator[Problem]:
    """Problems for a crash, a leak, or a missing recovery."""
    for one in view.result.behaviour:
        if one.outcome == "fail" and one.required and one.counts:
            step = "Read section 6 of PERFORMANCE_TEST_RESULTS.md, which has it second by second."
            yield Problem(BROKEN, sentence(f"{one.title}: failed"), evidence=sentence(one.reason), next_step=step)
