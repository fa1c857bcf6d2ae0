"""A run in bins of time, for charts. Never judged: verdicts come from the samples.

Cost: one sort of each row that is shown; 0.1 s for a million samples.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from reznet_load.core.run import RunInfo
from reznet_load.verdict.samples import Series

MOST_BINS = 600  # for a chart some 1 000 pixels wide; two hours are bins of 15 s
_BINS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600)  # seconds
_LEVELS = (0.5, 0.95, 0.99)
_CURVE = (*(i / 50 for i in range(50)), 0.985, 0.99, 0.995, 0.999, 1.0)  # levels of a distribution curve
_MOST_KINDS = 6  # of failures that get a line of their own
_SLOWEST = 20  # operations of a row
_LOST_SECONDS = (
    # without a reading of its gauges, which come each second, until the end of the run: then a worker counts as lost
    10.0
)


@dataclass(frozen=True, slots=True)
class RowTimes:
    """One row by bin: how many succeeded and failed, and p50, p95, p99 of the successes in ms (None: there were none).

    curve    (share, ms) of its successes in the judged phases: the distribution
    slowest  (s from the first user, ms) of its slowest successes in the judged phases, by time
    """

    ok: tuple[int, ...]
    failed: tuple[int, ...]
    p50: tuple[float | None, ...]
    p95: tuple[float | None, ...]
    p99: tuple[float | None, ...]
    curve: tuple[tuple[float, float], ...] = ()
    slowest: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Timeline:
    """`seconds`: length of a bin; `begins`: of each bin, s from the first user. All else has one value per bin.

    failures   kind of failure -> count, for the most frequent kinds; the others are summed up as `other`
    gauges     row name -> the mean of its readings in a bin, summed over the processes that gave them; for lag the
               maximum
    lost       when a worker gave its last reading although the run went on, s from the first user
    """

    seconds: int
    begins: tuple[int, ...]
    rows: dict[str, RowTimes] = field(default_factory=dict)
    failures: dict[str, tuple[int, ...]] = field(default_factory=dict)
    gauges: dict[str, tuple[float | None, ...]] = field(default_factory=dict)
    lost: tuple[float, ...] = ()


def timeline(
    info: RunInfo, series: dict[str, Series], rows: tuple[str, ...], summed: tuple[str, ...], largest: tuple[str, ...]
) -> Timeline | None:
    """`rows` (of operations) and gauges of a run by time; None if the run has no phases or no samples.

    summed    gauges that are added over the processes, because each has its own part
    largest   gauges of which the largest process value is shown
    """
    if not info.phases or not series:
        return None
    begin, end = info.phases[0].start, info.phases[-1].end
    span = max(end - begin, 1.0)
    seconds = next((one for one in _BINS if span / one <= MOST_BINS), _BINS[-1])
    count = max(math.ceil(span / seconds), 1)
    found = {key: series[key] for key in rows if key in series}
    return Timeline(
        seconds,
        tuple(number * seconds for number in range(count)),
        {key: _row(one, info, begin, seconds, count) for key, one in found.items()},
        _failures(list(found.values()), begin, seconds, count),
        {
            key: _gauge(series[key], begin, seconds, count, key in summed)
            for key in (*summed, *largest)
            if key in series
        },
        _lost([series[key] for key in (*summed, *largest) if key in series], begin, end),
    )


def curve(values: np.ndarray) -> tuple[tuple[float, float], ...]:
    """(share, ms) of a distribution, from its smallest value to its largest; () without values."""
    together = np.sort(values.astype(float))
    return tuple((level, _at(together, level or 1e-9) or 0.0) for level in _CURVE) if len(together) else ()


def _lost(gauges: list[Series], begin: float, end: float) -> tuple[float, ...]:
    last: dict[int, float] = {}
    for one in gauges:
        for worker in np.unique(one.worker):
            last[int(worker)] = max(last.get(int(worker), begin), float(one.start[one.worker == worker].max()))
    return (
        tuple(sorted(_short(at - begin) for at in last.values() if at < end - _LOST_SECONDS)) if len(last) > 1 else ()
    )


def _bins(start: np.ndarray, begin: float, seconds: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """(which starts lie within the run, their bins)."""
    place = np.floor((start - begin) / seconds).astype(int)
    inside = (place >= 0) & (place < count)
    return inside, place[inside]


def _row(one: Series, info: RunInfo, begin: float, seconds: int, count: int) -> RowTimes:
    inside, place = _bins(one.start, begin, seconds, count)
    ok, failed = one.ok[inside], one.failed[inside]
    timed = ok & np.isfinite(one.value[inside])
    value, bins = one.value[inside][timed].astype(float), place[timed]
    order = np.lexsort((value, bins))
    value, bins = value[order], bins[order]
    edges = np.searchsorted(bins, np.arange(count + 1))
    p50, p95, p99 = [tuple(_at(value[low:high], level) for low, high in pairwise(edges)) for level in _LEVELS]
    counts = [tuple(np.bincount(place[which], minlength=count).tolist()) for which in (ok, failed)]
    judged = _judged(one, info)
    return RowTimes(counts[0], counts[1], p50, p95, p99, curve(judged[1]), _slowest(*judged, begin))


def _at(ordered: np.ndarray, level: float) -> float | None:
    """The quantile of sorted values, by the same rule as rows (inverted_cdf)."""
    if not len(ordered):
        return None
    return _short(float(ordered[min(len(ordered) - 1, math.ceil(level * len(ordered)) - 1)]))


def _judged(one: Series, info: RunInfo) -> tuple[np.ndarray, np.ndarray]:
    """(start, value) of its timed successes in the judged phases."""
    parts = [one.within(phase) for phase in info.phases if phase.judged]
    timed = [part.ok & np.isfinite(part.value) for part in parts]
    if not parts:
        return np.empty(0), np.empty(0)
    starts = np.concatenate([part.start[which] for part, which in zip(parts, timed, strict=True)])
    return starts, np.concatenate([part.value[which] for part, which in zip(parts, timed, strict=True)])


def _slowest(start: np.ndarray, value: np.ndarray, begin: float) -> tuple[tuple[float, float], ...]:
    few = min(_SLOWEST, len(value))
    chosen = np.argpartition(value, len(value) - few)[len(value) - few :] if few else np.empty(0, int)
    return tuple((round(float(start[one]) - begin, 1), _short(float(value[one]))) for one in sorted(chosen))


def _failures(found: list[Series], begin: float, seconds: int, count: int) -> dict[str, tuple[int, ...]]:
    kinds: Counter[str] = Counter()
    bins: dict[str, np.ndarray] = {}
    for one in found:
        inside, place = _bins(one.start, begin, seconds, count)
        error, failed = one.error[inside], one.failed[inside]
        for number in np.unique(error[failed]):
            text = one.texts[number]
            which = place[failed & (error == number)]
            kinds[text] += len(which)
            bins[text] = bins.get(text, np.zeros(count, int)) + np.bincount(which, minlength=count)
    shown = [text for text, _ in kinds.most_common(_MOST_KINDS)]
    other = sum((bins[text] for text in kinds if text not in shown), np.zeros(count, int))
    result = {text: tuple(bins[text].tolist()) for text in shown}
    return result | ({"other": tuple(other.tolist())} if other.any() else {})


def _gauge(one: Series, begin: float, seconds: int, count: int, summed: bool) -> tuple[float | None, ...]:
    """The mean of each process in a bin, added over the processes; or the largest reading of any."""
    inside, place = _bins(one.start, begin, seconds, count)
    known = np.isfinite(one.value[inside])
    place, value, worker = place[known], one.value[inside][known].astype(float), one.worker[inside][known]
    total, seen = np.zeros(count), np.zeros(count, bool)
    if not summed:
        np.maximum.at(total, place, value)
        seen[place] = True
    for process in np.unique(worker) if summed else ():
        mine = worker == process
        readings = np.bincount(place[mine], minlength=count)
        sums = np.bincount(place[mine], weights=value[mine], minlength=count)
        there = readings > 0
        total[there] += sums[there] / readings[there]
        seen |= there
    return tuple(_short(float(v)) if there else None for v, there in zip(total, seen, strict=True))


def _short(value: float) -> float:
    """Three significant digits, as in documents: a chart does not show more, and a page of two hours stays small."""
    return float(f"{value:.3g}") if abs(value) < 1000 else round(value)
