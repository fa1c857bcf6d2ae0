"""Judges requirements on a Table: verdicts, the row that decides each, and why there is no verdict, if there is none."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from reznet_load.core.measured.statistic import statistic_of
from reznet_load.core.nfr import Nfr, Requirements
from reznet_load.core.run import Verdict
from reznet_load.core.units import format_value, six_digits_or_none
from reznet_load.verdict.csv.match import TOTALS, Matched, match, nearest
from reznet_load.verdict.csv.rules import (
    FAIL,
    ONE_ONLY,
    OUTCOMES,
    OUTSIDE,
    PASS,
    TOO_FEW,
    TOO_MANY_FAILED,
    UNITS,
    RuleOutcomes,
    judge_rows,
)
from reznet_load.verdict.csv.table import CsvDamage, Table
from reznet_load.verdict.judgement import RANK, pending, stands, too_few

_NAMED = 3  # rows that a sentence names; further ones are counted


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """`verdicts`: one for each requirement, in order. `rows`: for each row the worst outcome of any requirement, as an
    index into OUTCOMES, -1 if none judged it.
    """

    verdicts: tuple[Verdict, ...]
    rows: np.ndarray


def judge_readings(
    requirements: Requirements, readings: tuple[Table, ...], damage: tuple[CsvDamage, ...] = ()
) -> Answer:
    """Judge every requirement on every row; if the same file can be read in several ways (`readings`), the worst one
    decides.
    """
    rows = np.full(len(readings[0].keys), -1)
    verdicts = []
    for nfr in requirements.nfrs:
        made = [_verdict(nfr, table, damage, rows) for table in readings]
        verdicts.append(max(made, key=lambda verdict: RANK[verdict.outcome]))
    return Answer(tuple(verdicts), rows)


def names_total(requirements: Requirements, table: Table) -> tuple[Nfr, ...]:
    """The requirements on all requests together."""
    return tuple(nfr for nfr in requirements.nfrs if match(table, nfr.rows).total)


def misfit(nfr: Nfr) -> str:
    """The unit that the limit of `nfr` should have, if its unit does not fit its statistic; else empty."""
    units = UNITS.get(statistic_of(nfr.statistic).family)
    if units is None or nfr.limit.unit in units:
        return ""
    of_time = units == ("ms",)
    return f"expected a limit in {'ms or s' if of_time else ' or '.join(units)} for {nfr.statistic}"


def _verdict(nfr: Nfr, table: Table, damage: tuple[CsvDamage, ...], rows: np.ndarray) -> Verdict:
    """The verdict on `nfr`; its outcome for each row is written into `rows` if it is worse."""
    if statistic_of(nfr.statistic).family not in UNITS:
        return pending(
            nfr,
            f"{nfr.statistic} cannot be judged from Locust's figures; expected p50, p95, …, mean, min, max, "
            "error_rate, throughput or requests",
            nfr.required,
        )
    found = match(table, nfr.rows)
    broken = {one.line for one in damage if one.row}
    whole = np.array([row for row in found.rows if table.lines[row] not in broken], dtype=int) if broken else found.rows
    judged = judge_rows(statistic_of(nfr.statistic), nfr.limit, table, whole)
    rows[judged.rows] = np.maximum(rows[judged.rows], np.where(judged.silent, -1, judged.outcome))
    if (judged.outcome[~judged.silent] == FAIL).any():
        failed = _of_row(nfr, table, judged)
        return (
            replace(failed, reason=f"{failed.reason}; {_not_there(table, found.missing)}") if found.missing else failed
        )
    reason = _no_verdict(nfr, table, found, judged, damage)
    return pending(nfr, reason, nfr.required) if reason else _of_row(nfr, table, judged)


def _no_verdict(nfr: Nfr, table: Table, found: Matched, judged: RuleOutcomes, damage: tuple[CsvDamage, ...]) -> str:
    """Why there can be no verdict; empty if there can."""
    if damage:
        more = f" (and {len(damage) - 1} more)" if len(damage) > 1 else ""
        return f"the file is damaged, so nothing passes: {damage[0]}{more}"
    if found.missing:
        return _not_there(table, found.missing)
    if not len(judged.rows):
        return f"no request was made in {', '.join(table.keys[at] for at in found.rows[:_NAMED])}"
    if judged.silent.any():
        at = int(judged.rows[judged.silent][0])
        has = ", ".join(f"{100 * level:.6g}%" for level in table.levels) or "no percentile columns"
        label = statistic_of(nfr.statistic).label
        return f"no {label} in the row {table.keys[at]}{_line(table, at)}; the file has {has}"
    return ""


def _line(table: Table, at: int) -> str:
    return f" (line {int(table.lines[at])})" if table.lines[at] else ""


def _not_there(table: Table, missing: tuple[str, ...]) -> str:
    said = []
    for pattern in missing:
        if pattern in TOTALS:
            said.append(f"no row {pattern}: the file has no total")
            continue
        close = nearest(table, pattern)
        asked = f"; did you mean {' or '.join(close)}?" if close else f"; the file has {_some(table)}"
        said.append(f"no row {pattern}{asked}")
    return "; ".join(said)


def _some(table: Table) -> str:
    names = [table.keys[at] for at in table.operations]
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more if names else "no rows"


def _deciding(nfr: Nfr, table: Table, judged: RuleOutcomes) -> int:
    """The index of the deciding row: worst outcome first, then mostly failed rows by their share, then the worst value."""
    failed = np.where(judged.why == TOO_MANY_FAILED, table.failures[judged.rows] / table.requests[judged.rows], 0.0)
    value = np.nan_to_num(judged.value, nan=0.0) * (1 if nfr.limit.below else -1)
    outcome = np.where(judged.silent, PASS - 1, judged.outcome)
    return int(np.lexsort((value, failed, outcome))[-1])


def _of_row(nfr: Nfr, table: Table, judged: RuleOutcomes) -> Verdict:
    at = _deciding(nfr, table, judged)
    row, outcome = int(judged.rows[at]), OUTCOMES[judged.outcome[at]]
    broken = judged.why[at] == TOO_MANY_FAILED
    n = table.requests[row] if broken else judged.n[at]
    return Verdict(
        id=nfr.id, title=nfr.title, outcome=outcome, unit=nfr.limit.unit, limit=nfr.target_text,
        value=None if broken else six_digits_or_none(judged.value[at]), low=None if broken else six_digits_or_none(judged.low[at]),
        high=None if broken else six_digits_or_none(judged.high[at]), n=int(n), row=table.keys[row],
        reason=_reason(nfr, table, judged, at) + _others(table, judged, at), required=nfr.required,
    )  # fmt: skip


def _reason(nfr: Nfr, table: Table, judged: RuleOutcomes, at: int) -> str:
    row, why = int(judged.rows[at]), judged.why[at]
    failures, requests = int(table.failures[row]), int(table.requests[row])
    if why == TOO_MANY_FAILED:
        return f"{100 * failures / requests:.1f} % failed ({failures} of {requests}), so the times of the rest are not judged"
    if why == ONE_ONLY:
        return "a single request proves nothing: two at least must fail or exceed the limit"
    statistic = statistic_of(nfr.statistic)
    if why == OUTSIDE:
        return f"{statistic.label} {_range(nfr, judged, at)} lies outside of its interval: the figures are not of the same requests"
    if why == TOO_FEW:
        return too_few(int(judged.n[at]), statistic.floor, "requests")
    if judged.outcome[at] == PASS:
        return ""
    if statistic.family == "errors":
        return f"{failures} of {requests} failed" if failures else f"{requests} requests are too few to prove it"
    return f"{statistic.label} {_range(nfr, judged, at)} {_stands(nfr, judged.outcome[at] == FAIL)}"


def _range(nfr: Nfr, judged: RuleOutcomes, at: int) -> str:
    low = judged.low[at]
    high = judged.high[at]
    unit = nfr.limit.unit
    value = format_value(float(judged.value[at]), unit)
    if low == high:
        return value
    most = f"to {format_value(float(high), unit)}" if np.isfinite(high) else "with no upper bound"
    return f"{value} (90 % interval {format_value(float(low), unit)} {most})"


def _stands(nfr: Nfr, failed: bool) -> str:
    return stands("fail" if failed else "warning", nfr.limit)


def _others(table: Table, judged: RuleOutcomes, at: int) -> str:
    """The other rows that fail too."""
    if judged.outcome[at] != FAIL:
        return ""
    also = [table.keys[int(row)] for row in judged.rows[(judged.outcome == FAIL) & (np.arange(len(judged.rows)) != at)]]
    more = f" and {len(also) - _NAMED} more" if len(also) > _NAMED else ""
    return f"; also: {', '.join(also[:_NAMED])}{more}" if also else ""
