"""Is it getting worse? Compares a run with comparable earlier runs and with the pinned one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reznet_load.core.nfr import Requirements
from reznet_load.core.regression import BASELINE, PROVEN, SUSPECT, Change, Regression
from reznet_load.core.units import format_value, six_digits
from reznet_load.history.line import HistoryLine
from reznet_load.history.metric import FULL_RUNS, STEP, Metric, apart, matters, metric, stand_out
from reznet_load.history.shifts import FAMILY_ALPHA, Shift, Track, family, last_shift
from reznet_load.history.sought import compared, interval


@dataclass(frozen=True, slots=True)
class RegressionFindings:
    """The result of a comparison: a Change for each judged value; the Regressions, worst kind first."""

    changes: tuple[Change, ...] = ()
    regressions: tuple[Regression, ...] = ()


def regress(
    requirements: Requirements, line: HistoryLine, past: Sequence[HistoryLine], baseline: HistoryLine | None = None
) -> RegressionFindings:
    """Compare `line` with the comparable runs `past`, oldest first, and with the pinned run `baseline`.

    A search is compared by its results (history.sought), other runs by their requirements. A level that the pinned run
    already has is accepted: the change that led to it no longer fails a run.
    """
    metrics = [found for nfr in compared(requirements, line) if (found := metric(nfr, line, past)) is not None]
    runs = [*past, line]
    changes: list[Change] = []
    worse: list[Regression] = []
    regression: Regression | None
    for one, side, shift in zip(metrics, stand_out(metrics), _proven(metrics), strict=True):
        if shift is not None and not _accepted(runs[one.runs[shift[0].index]], baseline):
            regression, change = _regression(one, *shift, runs, len(metrics))
        else:
            regression, change = _suspect(one, side, len(metrics)), _change(one, side)
        changes.append(change)
        worse += [regression] if regression else []
    worse.sort(key=lambda found: (found.kind != PROVEN, not found.counts))
    return RegressionFindings(
        tuple(changes), (*worse, *(_below_baseline(requirements, line, baseline) if baseline else ()))
    )


def _accepted(first: HistoryLine, baseline: HistoryLine | None) -> bool:
    return baseline is not None and first.time <= baseline.time


def percent(value: float, base: float) -> float | None:
    """By how many percent `value` differs from `base`; None if `base` is 0."""
    return round(100 * (value / base - 1), 1) if base else None


def words(change: float | None) -> str:
    """`+12.3 %`."""
    return "from 0" if change is None else f"{change:+.1f} %"


def _change(one: Metric, side: int) -> Change:
    """The Change of a value without a change point."""
    if not one.earlier or (one.bounded and not side):
        return Change(one.nfr.id, "", need=one.need)
    median = one.median
    up = (side > 0) == one.nfr.limit.below
    sign = ("▲" if up else "▼") if side else "~" if one.settled > 1 else ""
    return Change(one.nfr.id, sign, percent(one.newest, median), side > 0, one.settled, one.need, six_digits(median))


def _suspect(one: Metric, side: int, looked_at: int) -> Regression | None:
    if side <= 0:
        return None
    unit = one.nfr.limit.unit
    count = one.settled
    change = percent(one.newest, one.median)
    evidence = f"{_value(one)} against a median of {format_value(one.median, unit)} in {count} comparable runs; "
    if count < FULL_RUNS or one.bounded:
        evidence += "its interval lies beyond the intervals of all of them"
    else:
        evidence += f"beyond the 99 % prediction bound of their spread, Holm over {looked_at} requirements"
    text = f"{one.nfr.title} {words(change)}: suspect, run it again"
    return Regression(one.nfr.id, SUSPECT, change, "", evidence, text, one.nfr.required)


def _value(one: Metric) -> str:
    unit = one.nfr.limit.unit
    text = format_value(one.newest, unit)
    bounds = interval(one.nfr.id, unit, one.now.low, one.now.high)
    return f"{text} ({bounds})" if bounds else text


def _proven(metrics: Sequence[Metric]) -> list[tuple[Shift, float] | None]:
    """For each metric that got worse and stays worse in the newest run: the shift of level, with its p over all
    metrics.
    """
    tracks = [Track(m.runs, m.logs, last_shift(m.logs) if _many(m) else None) for m in metrics]
    if not any(_worse_now(m, track) for m, track in zip(metrics, tracks, strict=True)):
        return [None] * len(metrics)
    p = family(tracks)
    return [
        (track.shift, adjusted) if track.shift and _worse_now(m, track) and adjusted <= FAMILY_ALPHA else None
        for m, track, adjusted in zip(metrics, tracks, p, strict=True)
    ]


def _many(one: Metric) -> bool:
    return len(one.earlier) >= FULL_RUNS and not one.bounded


def _worse_now(one: Metric, track: Track) -> bool:
    """Is the last shift for the worse, and is the newest value nearer to the new level than to the old one?

    A run that is as fast as before must not fail because of two runs before it.
    """
    shift = track.shift
    if shift is None or shift.effect < STEP or not matters(one, _before(one, shift)):
        return False
    logs = track.logs - track.logs.mean()
    if logs[-1] < (shift.before + shift.after) / 2:
        return False
    return not one.offset or apart(one, one.earlier[shift.segment : shift.index], worse=True)


def _before(one: Metric, shift: Shift) -> float:
    return float(np.median(one.values[shift.segment : shift.index]))


def _regression(
    one: Metric, shift: Shift, p: float, runs: Sequence[HistoryLine], looked_at: int
) -> tuple[Regression, Change]:
    before, after = _before(one, shift), float(np.median(one.values[shift.index :]))
    first, last = runs[one.runs[shift.index]], runs[one.runs[shift.index - 1]]
    commit = first.backend_commit
    unit = one.nfr.limit.unit
    change = percent(after, before)
    evidence = (
        f"median {format_value(after, unit)} in {len(one.values) - shift.index} runs since, {format_value(before, unit)} "
        f"in {shift.index - shift.segment} runs before; permutation p = {p:.3f} over {looked_at} requirements"
    )
    if commit and commit == last.backend_commit:
        evidence += "; the backend's commit is the same before and after: look at its data, settings and machine"
    since = commit or f"run {first.run}"
    text = f"{one.nfr.title} {words(change)}: regression since {since}" + (f" (run {first.run})" if commit else "")
    up = one.nfr.limit.below
    return (
        Regression(one.nfr.id, PROVEN, change, since, evidence, text, one.nfr.required),
        Change(one.nfr.id, "▲" if up else "▼", change, True, len(one.earlier), 0, six_digits(before)),
    )


def against(
    requirements: Requirements, line: HistoryLine, baseline: HistoryLine
) -> list[tuple[Metric, float | None, str]]:
    """(metric, percent, `worse`, `better` or `~`) for the values that both `line` and the pinned run have.

    Two runs have no spread: they differ if the difference is STEP or more and the intervals are disjoint.
    """
    metrics = [found for nfr in compared(requirements, line) if (found := metric(nfr, line, [baseline])) is not None]
    both = []
    for one in [one for one in metrics if one.earlier]:
        step = one.logs[-1] - one.logs[0]
        large = abs(step) >= np.log1p(STEP) and matters(one, one.median) and apart(one, one.earlier, step > 0)
        sign = "~" if not large else "worse" if step > 0 else "better"
        both.append((one, percent(one.newest, one.median), sign))
    return both


def _below_baseline(requirements: Requirements, line: HistoryLine, baseline: HistoryLine) -> list[Regression]:
    found = []
    for one, change, sign in against(requirements, line, baseline):
        if sign == "worse":
            evidence = (
                f"{_value(one)} against {format_value(one.median, one.nfr.limit.unit)}; the intervals are disjoint"
            )
            text = f"{one.nfr.title} {words(change)} against the baseline {baseline.run}"
            found.append(Regression(one.nfr.id, BASELINE, change, baseline.run, evidence, text, one.nfr.required))
    return found
