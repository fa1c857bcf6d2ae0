"""The rules for shares, error rates and largest values, on samples; and which samples of a row are judged at all."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from reznet_load.core.measured.statistic import statistic_of
from reznet_load.core.nfr import Nfr
from reznet_load.core.profile import Phase
from reznet_load.core.units import Limit, format_value
from reznet_load.verdict.intervals import ALPHA, Interval, blocks, mean_interval, per_block, share_interval
from reznet_load.verdict.judgement import (
    FEWEST,
    SAMPLES,
    Judgement,
    by_bounds,
    misses,
    more,
    one_only,
    spread,
    stands,
    too_few,
    two_at_least,
)
from reznet_load.verdict.samples import Series


def successes(part: Series, limit: Limit, never: float = 0.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(start, value, late) of what is judged: timed successes, missing parts, and cut-off turns that had exceeded the
    limit.

    A missing part has its time-out as value, or `never` if that is more, so that a quantile counts it as beyond the
    limit.
    """
    value = np.where(part.missing & (part.value < never), never, part.value) if never else part.value
    exceeded = part.cut_off & (part.value >= limit.value) & limit.below
    chosen = part.valued | exceeded
    return part.start[chosen], value[chosen].astype(float), part.waited[chosen].astype(float)


def failures(part: Series) -> Interval | None:
    """The share of failures with its bounds; None if nothing ended."""
    ended = part.ok | part.failed
    return _share_of_bad(part.start[ended], part.failed[ended])


def unanswered(part: Series) -> tuple[Interval | None, int]:
    """(the share that failed or never came, how many): of operations; for parts that never came, of their turns."""
    ended, bad = part.ok | part.failed | part.missing, part.failed | part.missing
    if not part.missing.any():
        return _share_of_bad(part.start[ended], bad[ended]), int(bad.sum())
    start, turn = np.unique(part.start[ended], return_inverse=True)  # the gaps of one reply have the same start
    of_turns = np.bincount(turn, weights=bad[ended]) > 0
    return _share_of_bad(start, of_turns), int(of_turns.sum())


def _share_of_bad(start: np.ndarray, bad: np.ndarray) -> Interval | None:
    if not len(start):
        return None
    block = blocks(start)
    total = per_block(block)
    used = total > 0
    seen = share_interval(per_block(block, bad)[used], total[used])
    if bad.all() and seen.n >= FEWEST:  # blocks without differences show no clustering
        return replace(seen, low=max(seen.low, ALPHA ** (1 / seen.n)))
    return seen


def past(limit: Limit, value: np.ndarray) -> int:
    """How many of `value` do not meet the limit."""
    return int((~np.asarray(limit.holds(value))).sum())  # type: ignore[arg-type]  # it compares arrays as well


def share(nfr: Nfr, part: Series, phase: Phase) -> Judgement | None:
    """The rule for a share of trials, or for readings that are shares; None if nothing was read."""
    start, value, _ = successes(part, nfr.limit)
    if not len(value):
        return None
    return _judge_share(nfr, _share_of(start, value), float(value.mean()), past(nfr.limit, value), part.key, phase)


def _share_of(start: np.ndarray, value: np.ndarray) -> Interval:
    """The share, 0 to 1, from percent: of trials that each gave 0 or 100, else the mean of readings that each are a
    share.

    A second with a share of 15 % is not a trial that failed: if it counted as 0.15 of one, 60 such seconds would give 7
    to 27 %.
    """
    if np.isin(value, (0.0, 100.0)).all():
        block = blocks(start)
        total = per_block(block)
        used = total > 0
        return share_interval(per_block(block, value / 100)[used], total[used])
    seen = mean_interval(start, value / 100)
    return replace(seen, low=max(seen.low, 0.0), high=min(seen.high, 1.0))


def errors(nfr: Nfr, part: Series, phase: Phase) -> Judgement | None:
    """The rule for an error rate; None if nothing ended."""
    seen, failed = failures(part), int(part.failed.sum())
    return None if seen is None else _judge_share(nfr, seen, 100 * failed / seen.n, failed, part.key, phase)


def _judge_share(nfr: Nfr, seen: Interval, value: float, bad: int, row: str, phase: Phase) -> Judgement:
    """A share in percent against its limit, by its bounds; `bad`: how many trials or readings do not meet it."""
    limit = nfr.limit
    floor = statistic_of(nfr.statistic).floor
    low = 100 * seen.low
    high = 100 * seen.high
    outcome, reason = two_at_least(by_bounds(limit, low, high), bad), ""
    if outcome != "fail" and seen.n < floor:
        beyond = (
            "" if limit.holds(value) else f"{value:.1f} % {misses(limit)} the limit of {limit.text}, not yet proven: "
        )
        why = one_only(seen.n) if bad == 1 else too_few(seen.n, floor)
        outcome, reason = "warning", beyond + why + more(floor - seen.n, seen.n / phase.seconds, row)
    elif outcome != "pass":
        reason = f"{spread(value, low, high, '%')} {stands(outcome, limit)}"
    return Judgement(
        outcome, value, "%", seen.n, row, phase.name, low, high, reason, effective=seen.effective,
        open=SAMPLES if outcome == "warning" else "",
    )  # fmt: skip


def extreme(nfr: Nfr, part: Series, phase: Phase) -> Judgement | None:
    """The rule for a largest value; None if nothing was read."""
    _, value, _ = successes(part, nfr.limit)
    if not len(value):
        return None
    largest = float(value.max())
    limit = nfr.limit
    bad = past(nfr.limit, value)
    outcome = two_at_least("fail" if bad else "pass", bad)
    reason = f"{format_value(largest, limit.unit)} {misses(limit)} the limit of {limit.text}" if bad else ""
    reason += f": {one_only(len(value))}" if outcome == "warning" else ""
    return Judgement(outcome, largest, limit.unit, len(value), part.key, phase.name, reason=reason)
