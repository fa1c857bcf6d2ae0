"""One rule for each family of statistics, on samples: Pass, Fail or Warning with its reason."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from reznet_load.core.measured import statistic
from reznet_load.core.measured.statistic import statistic_of
from reznet_load.core.nfr import Nfr
from reznet_load.core.profile import Phase
from reznet_load.core.units import format_value
from reznet_load.verdict.bounding import is_latency
from reznet_load.verdict.count_rules import requests, smallest, throughput
from reznet_load.verdict.intervals import exceedance, mean_interval
from reznet_load.verdict.judgement import (
    FAILURES,
    FEWEST,
    NOT_JUDGED,
    SAMPLES,
    STALL,
    Judgement,
    by_bounds,
    more,
    none_came,
    none_succeeded,
    one_only,
    spread,
    stands,
    too_few,
    two_at_least,
)
from reznet_load.verdict.samples import Series
from reznet_load.verdict.share_rules import errors, extreme, past, share, successes, unanswered

_LOGARITHMIC = "the interval is computed on the logarithm, because the usual interval reaches below 0"
_BUNCHED = 0.5  # of the samples: with fewer independent ones a reader wonders at the interval's width (our judgement)
FAILED_SHARE = 0.05  # with proven more failures than this, a latency row has no latency to judge


def judge_series(nfr: Nfr, series: Series, phase: Phase) -> Judgement | None:
    """The judgement of `series` within `phase`; None if it has no data."""
    part = series.within(phase)
    rule = _RULES.get(statistic_of(nfr.statistic).family)
    return rule(nfr, part, phase) if len(part) and rule else None


def only_failed(nfr: Nfr, series: Series, phase: Phase) -> Judgement | None:
    """For a latency row in which nothing succeeded, with too few failures for a Fail; None for every other row."""
    part = series.within(phase)
    if not is_latency(nfr) or part.ok.any() or not (failed := int(part.failed.sum())):
        return None
    reason = f"{none_succeeded(part.key, failed)}: {one_only(failed)}"
    return Judgement("warning", None, nfr.limit.unit, failed, part.key, phase.name, reason=reason, open=SAMPLES)


def _too_many_failed(part: Series, phase: Phase, unit: str) -> Judgement | None:
    seen, bad = unanswered(part)
    if seen is None or seen.low < FAILED_SHARE or bad < FEWEST:
        return None
    total, what = seen.n, "did not come" if part.missing.any() and not part.failed.any() else "failed"
    share = f"{100 * bad / total:.1f} % of {part.key} {what} ({bad} of {total})"
    reason = f"{share}{NOT_JUDGED}"
    if bad == total:
        reason = none_succeeded(part.key, bad) if what == "failed" else none_came(part.key, bad)
    return Judgement("fail", None, unit, total, part.key, phase.name, reason=reason, open=FAILURES)


def _counted_in(part: Series) -> str:
    """A text about parts that never came; empty if all came."""
    never = part.value[part.missing]
    if not len(never):
        return ""
    return f"{len(never)} did not come, counted as {format_value(float(never.max()), part.unit)} each"


def _with_missing(reason: str, part: Series) -> str:
    return "; ".join(filter(None, (reason, _counted_in(part))))


def _quantile(nfr: Nfr, part: Series, phase: Phase) -> Judgement | None:
    statistic, limit = statistic_of(nfr.statistic), nfr.limit
    if broken := _too_many_failed(part, phase, limit.unit):
        return broken
    start, value, late = successes(part, limit, never=limit.value)
    if not len(value):
        return None
    seen = exceedance(start, value, limit.value, statistic.level, limit.below)
    allowed, n = 1 - statistic.level, len(value)
    text, open_ = f"{statistic.label} {spread(seen.value, seen.low, seen.high, limit.unit)}", ""
    if seen.share.low >= allowed:
        outcome, reason = two_at_least("fail", past(limit, value)), f"{text} {stands('fail', limit)}"
        if outcome == "warning":
            reason, open_ = f"{reason}: {one_only(n)}{more(statistic.floor - n, n / phase.seconds, part.key)}", SAMPLES
    elif n < statistic.floor:
        outcome, open_ = "warning", SAMPLES
        reason = too_few(n, statistic.floor) + more(statistic.floor - n, n / phase.seconds, part.key)
    elif seen.share.high < allowed:
        outcome, reason = "pass", ""
        if hidden := _hidden_stall(start, value, late, nfr, statistic.level):
            outcome = "warning"
            reason = hidden
            open_ = STALL
    else:
        close = f"{text} {stands('warning', limit)}"
        if limit.holds(seen.low) and limit.holds(seen.high):
            close = (
                f"{text} is not proven to meet the limit of {limit.text}: up to {100 * seen.share.high:.1f} % of the samples may "
                f"miss it, and {100 * allowed:.0f} % are allowed"
            )
        outcome = "warning"
        close += _bunched(n, seen.share.effective)
        reason = close + more(seen.missing, n / phase.seconds, part.key)
        open_ = SAMPLES
    return Judgement(
        outcome, seen.value, limit.unit, n, part.key, phase.name, seen.low, seen.high, _with_missing(reason, part),
        effective=seen.share.effective, open=open_,
    )  # fmt: skip


def _bunched(n: int, effective: float | None) -> str:
    """Why the interval of `n` samples is wide, and a value far from its limit undecided; empty if they do not come in bunches."""
    if effective is None or effective > _BUNCHED * n:
        return ""
    return (
        f"; slow samples came close together, so {n} samples say as much as {max(1, round(effective))} independent ones"
    )


def _hidden_stall(start: np.ndarray, value: np.ndarray, late: np.ndarray, nfr: Nfr, level: float) -> str:
    """Does a stall stay hidden because waiting users send less? The times from the scheduled starts show it; empty if
    not.
    """
    known = ~np.isnan(late)
    if nfr.limit.unit != "ms" or known.sum() < statistic_of(nfr.statistic).floor:
        return ""
    intended = exceedance(start[known], value[known] + late[known] * 1000, nfr.limit.value, level, nfr.limit.below)
    if intended.share.high < 1 - level:
        return ""
    shown = spread(intended.value, intended.low, intended.high, nfr.limit.unit)
    label = statistic_of(nfr.statistic).label
    return f"a stall may be hidden by the closed loop: measured from the scheduled send time, {label} is {shown}"


def _mean(nfr: Nfr, part: Series, phase: Phase) -> Judgement | None:
    limit, floor = nfr.limit, statistic_of(nfr.statistic).floor
    if broken := _too_many_failed(part, phase, limit.unit):
        return broken
    start, value, _ = successes(part, limit)
    if not len(value):
        return None
    units = len(np.unique(start))  # the gaps of one reply have the same start: replies are the units
    seen, mean = mean_interval(start, value), float(value.mean())
    p95 = float(np.quantile(value, 0.95, method="inverted_cdf"))
    outcome = two_at_least(by_bounds(limit, seen.low, seen.high), past(limit, value))
    reason = ""
    low, high = (seen.low, seen.high) if np.isfinite(seen.high) else (None, None)
    if outcome != "fail" and units < floor:
        what = "replies" if units < len(value) else "samples"
        outcome = "warning"
        reason = too_few(units, floor, what) + more(floor - units, units / phase.seconds, part.key, what)
    elif outcome != "pass":
        reason = f"mean {spread(mean, seen.low, seen.high, limit.unit)} {stands(outcome, limit)}; "
        reason += f"for information: p95 {format_value(p95, limit.unit)}"
    if seen.logarithmic:
        reason = "; ".join(filter(None, (reason, _LOGARITHMIC)))
    open_ = SAMPLES if outcome == "warning" else ""
    return Judgement(
        outcome, mean, limit.unit, units, part.key, phase.name, low, high, _with_missing(reason, part), open=open_
    )


# verdict/connected.py has the rule for a limit on connected users.
_RULES: dict[str, Callable[[Nfr, Series, Phase], Judgement | None]] = {
    statistic.QUANTILE: _quantile,
    statistic.MEAN: _mean,
    statistic.SHARE: share,
    statistic.ERRORS: errors,
    statistic.LARGEST: extreme,
    statistic.LEAST: smallest,
    statistic.THROUGHPUT: throughput,
    statistic.REQUESTS: requests,
}
