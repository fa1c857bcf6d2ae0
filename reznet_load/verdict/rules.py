"""One rule for each family of statistics, on samples: Pass, Fail or Warning with its reason."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from reznet_load.core.measurement import STATISTICS
from reznet_load.core.nfr import Nfr
from reznet_load.core.profile import Phase
from reznet_load.core.units import Limit, format_value
from reznet_load.verdict.intervals import Interval, blocks, exceedance, mean_interval, per_block, share_interval
from reznet_load.verdict.judgement import FEWEST, SAMPLES, STALL, Judgement, more, spread, too_few
from reznet_load.verdict.samples import Series

FAILED_SHARE = 0.05  # a latency row with proven more failures than this is no latency any more


def judge_series(nfr: Nfr, series: Series, phase: Phase) -> Judgement | None:
    """What `series` says within `phase`; None where it has nothing to say."""
    part = series.within(phase)
    rule = {"quantile": _quantile, "mean": _mean, "share": _share, "errors": _errors, "extreme": _extreme}
    family = STATISTICS[nfr.statistic].family
    return rule[family](nfr, part, phase) if len(part) and family in rule else None


def successes(part: Series, limit: Limit) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(start, value, late) of what is judged: timed successes, and cut-off turns already older than the limit."""
    exceeded = part.cut_off & (part.value >= limit.value) & limit.below
    chosen = (part.ok & ~np.isnan(part.value)) | exceeded
    return part.start[chosen], part.value[chosen].astype(float), part.late[chosen].astype(float)


def failures(part: Series) -> Interval | None:
    """The share of failures with its bounds; None where nothing ended."""
    ended = part.ok | part.failed
    if not ended.any():
        return None
    block = blocks(part.start[ended])
    total = per_block(block)
    used = total > 0
    return share_interval(per_block(block, part.failed[ended])[used], total[used])


def _too_many_failed(part: Series, phase: Phase, unit: str) -> Judgement | None:
    share = failures(part)
    failed = int(part.failed.sum())
    if share is None or share.low < FAILED_SHARE or failed < FEWEST:
        return None
    total = share.n
    reason = f"{100 * failed / total:.1f} % failed ({failed} of {total}): what is left is no latency to judge"
    return Judgement("fail", None, unit, total, part.key, phase.name, reason=reason)


def _quantile(nfr: Nfr, part: Series, phase: Phase) -> Judgement | None:
    statistic, limit = STATISTICS[nfr.statistic], nfr.limit
    if broken := _too_many_failed(part, phase, limit.unit):
        return broken
    start, value, late = successes(part, limit)
    if not len(value):
        return None
    seen = exceedance(start, value, limit.value, statistic.level, limit.below)
    allowed, n = 1 - statistic.level, len(value)
    text, open_ = f"{statistic.label} {spread(seen.value, seen.low, seen.high, limit.unit)}", ""
    if seen.share.low >= allowed:
        outcome, reason = "fail", f"{text}, past the limit of {limit.text}"
    elif n < statistic.floor:
        outcome, open_ = "warning", SAMPLES
        reason = too_few(n, statistic.floor) + more(statistic.floor - n, n / phase.seconds)
    elif seen.share.high < allowed:
        outcome, reason = "pass", ""
        if hidden := _hidden_stall(start, value, late, nfr, statistic.level):
            outcome, reason, open_ = "warning", hidden, STALL
    else:
        stands = f"{text} straddles the limit of {limit.text}"
        if limit.holds(seen.low) and limit.holds(seen.high):
            stands = (
                f"{text}, but with so few or so bunched samples up to {100 * seen.share.high:.1f} % may be past the limit "
                f"of {limit.text}, and {100 * allowed:.0f} % are allowed"
            )
        outcome, reason, open_ = "warning", stands + more(seen.missing, n / phase.seconds), SAMPLES
    return Judgement(
        outcome, seen.value, limit.unit, n, part.key, phase.name, seen.low, seen.high, reason,
        effective=seen.share.effective, open=open_,
    )  # fmt: skip


def _hidden_stall(start: np.ndarray, value: np.ndarray, late: np.ndarray, nfr: Nfr, level: float) -> str:
    """Users who wait ask less while the backend stalls: the view from their intended starts shows what they hide."""
    known = ~np.isnan(late)
    if nfr.limit.unit != "ms" or known.sum() < STATISTICS[nfr.statistic].floor:
        return ""
    intended = exceedance(start[known], value[known] + late[known] * 1000, nfr.limit.value, level, nfr.limit.below)
    if intended.share.high < 1 - level:
        return ""
    shown = spread(intended.value, intended.low, intended.high, nfr.limit.unit)
    label = STATISTICS[nfr.statistic].label
    return f"a stall may be hidden by the closed loop: counted from when users meant to ask, {label} is {shown}"


def _by_bounds(limit: Limit, low: float, high: float) -> str:
    """The outcome where the bounds alone decide."""
    if limit.holds(low) and limit.holds(high):
        return "pass"
    return "warning" if limit.holds(low) or limit.holds(high) else "fail"


def _mean(nfr: Nfr, part: Series, phase: Phase) -> Judgement | None:
    limit, floor = nfr.limit, STATISTICS[nfr.statistic].floor
    if broken := _too_many_failed(part, phase, limit.unit):
        return broken
    start, value, _ = successes(part, limit)
    if not len(value):
        return None
    units = len(np.unique(start))  # the gaps of one reply share its start: replies are the units
    seen, mean = mean_interval(start, value), float(value.mean())
    p95 = float(np.quantile(value, 0.95, method="inverted_cdf"))
    outcome = _by_bounds(limit, seen.low, seen.high)
    reason = ""
    low, high = (seen.low, seen.high) if np.isfinite(seen.high) else (None, None)
    if outcome != "fail" and units < floor:
        what = "replies" if units < len(value) else "samples"
        outcome, reason = "warning", too_few(units, floor, what) + more(floor - units, units / phase.seconds)
    elif outcome != "pass":
        stands = "past" if outcome == "fail" else "straddles"
        reason = f"mean {spread(mean, seen.low, seen.high, limit.unit)}, p95 {format_value(p95, limit.unit)}, "
        reason += f"{stands} the limit of {limit.text}"
    open_ = SAMPLES if outcome == "warning" else ""
    return Judgement(outcome, mean, limit.unit, units, part.key, phase.name, low, high, reason, open=open_)


def _share(nfr: Nfr, part: Series, phase: Phase) -> Judgement | None:
    start, value, _ = successes(part, nfr.limit)
    if not len(value):
        return None
    return _judge_share(nfr, _share_of(start, value), float(value.mean()), part.key, phase)


def _share_of(start: np.ndarray, value: np.ndarray) -> Interval:
    """The share, 0 to 1, of percent: of trials that each gave 0 or 100, else the mean of readings that each are a share.

    A second that saved 15 % is no trial that failed: taken for 0.15 of one, 60 such seconds would be 7 % to 27 %.
    """
    if np.isin(value, (0.0, 100.0)).all():
        block = blocks(start)
        total = per_block(block)
        used = total > 0
        return share_interval(per_block(block, value / 100)[used], total[used])
    seen = mean_interval(start, value / 100)
    return replace(seen, low=max(seen.low, 0.0), high=min(seen.high, 1.0))


def _errors(nfr: Nfr, part: Series, phase: Phase) -> Judgement | None:
    seen = failures(part)
    if seen is None:
        return None
    found = _judge_share(nfr, seen, 100 * float(part.failed.sum()) / seen.n, part.key, phase)
    return found


def _judge_share(nfr: Nfr, seen: Interval, value: float, row: str, phase: Phase) -> Judgement:
    """A share in percent against its limit, by its bounds."""
    limit, floor, low, high = nfr.limit, STATISTICS[nfr.statistic].floor, 100 * seen.low, 100 * seen.high
    outcome, reason = _by_bounds(limit, low, high), ""
    if outcome != "fail" and seen.n < floor:
        past = "" if limit.holds(value) else f"{value:.1f} % is past the limit of {limit.text}, not yet proven: "
        outcome, reason = "warning", past + too_few(seen.n, floor) + more(floor - seen.n, seen.n / phase.seconds)
    elif outcome != "pass":
        stands = "past" if outcome == "fail" else "straddles"
        reason = f"{spread(value, low, high, '%')} {stands} the limit of {limit.text}"
    return Judgement(
        outcome, value, "%", seen.n, row, phase.name, low, high, reason, effective=seen.effective,
        open=SAMPLES if outcome == "warning" else "",
    )  # fmt: skip


def _extreme(nfr: Nfr, part: Series, phase: Phase) -> Judgement | None:
    _, value, _ = successes(part, nfr.limit)
    if not len(value):
        return None
    largest = float(value.max())
    good = nfr.limit.holds(largest)
    reason = "" if good else f"{format_value(largest, nfr.limit.unit)} is past the limit of {nfr.limit.text}"
    return Judgement(
        "pass" if good else "fail", largest, nfr.limit.unit, len(value), part.key, phase.name, reason=reason
    )
