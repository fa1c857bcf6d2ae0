"""The part of a run with all users, from a history with a line for each row (`--csv-full-history`).

Counts and means are differences of the history's running totals. A line's percentiles are those of the last ten
seconds, so the part is assembled from intervals of ten seconds (verdict.csv.parts).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from reznet_load.result.locust.damage import key
from reznet_load.result.locust.frame import Frame
from reznet_load.result.locust.run import Course
from reznet_load.verdict.csv.parts import Parts
from reznet_load.verdict.csv.rounding import reach_up
from reznet_load.verdict.csv.table import Table

WINDOW = 10.0  # seconds covered by a line's percentiles (locust.stats.CURRENT_RESPONSE_TIME_PERCENTILE_WINDOW)
_LEAST = WINDOW  # a shorter steady part is not judged alone: its percentiles would include the ramp-up


def without_ramp(table: Table, frame: Frame, course: Course) -> Table | None:
    """`table` of the steady part alone; None if the history does not allow it: then the whole run is judged."""
    if not (course.full and course.ramp > 0 and course.length - course.ramp >= _LEAST) or frame.damage:
        return None
    if not ({"requests", "failures", "mean"} <= set(frame.numbers) and frame.percentiles):
        return None
    lines = _by_row(frame)
    made = [_part(table, row, frame, lines, course) for row in range(len(table.keys))]
    parts = [part for part in made if part is not None]
    if len(parts) < len(made):
        return None
    return _cut(table, parts, np.array(sorted(frame.percentiles)), course)


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """A row's steady part: `n` requests and `percentiles` of each interval, and the row's totals before it began."""

    n: np.ndarray
    percentiles: np.ndarray
    requests: float
    failures: float
    mean: float


def _by_row(frame: Frame) -> dict[str, np.ndarray]:
    """Positions of each row's lines, ordered by time."""
    found: dict[str, list[int]] = {}
    for at in range(len(frame)):
        found.setdefault(key(frame, at), []).append(at)
    return {name: np.array(places) for name, places in found.items()}


def _part(table: Table, row: int, frame: Frame, lines: dict[str, np.ndarray], course: Course) -> _Part | None:
    """None if the row's totals fall or exceed the stats' own: they were reset, or belong to another run."""
    places = lines.get(table.keys[row], np.array([], dtype=int))
    times = frame.numbers["timestamp"][places]
    counts, failed, means = (np.nan_to_num(frame.numbers[name][places]) for name in ("requests", "failures", "mean"))
    if (np.diff(counts) < 0).any() or (len(counts) and counts[-1] > table.requests[row]):
        return None
    begin = course.started.timestamp() + course.ramp
    before = int(np.searchsorted(times, begin, side="right")) - 1
    start = (counts[before], failed[before], means[before]) if before >= 0 else (0.0, 0.0, 0.0)
    ends = _ends(times, begin)
    reached = np.concatenate([[start[0]], counts[ends]])
    n = np.diff(reached)
    if len(n):
        n[-1] += table.requests[row] - reached[-1]  # requests between the last line and the end
    levels = sorted(frame.percentiles)
    percentiles = np.array([frame.percentiles[level][places[ends]] for level in levels]).T.reshape(
        len(ends), len(levels)
    )
    percentiles = np.where((n > 0)[:, None], percentiles, np.nan)
    if (n > 0).any() and (np.isnan(percentiles[n > 0]).any() or (percentiles[n > 0][:, -1] <= 0).any()):
        return None  # an interval with requests but without their times
    return _Part(n, percentiles, *start)


def _ends(times: np.ndarray, begin: float) -> np.ndarray:
    """Positions of the lines that end an interval of ten seconds, and of the last line."""
    ends, last = [], begin
    for at, time in enumerate(times):
        if time >= last + WINDOW or (at == len(times) - 1 and time > last):
            ends.append(at)
            last = time
    return np.array(ends, dtype=int)


def _cut(table: Table, parts: list[_Part], levels: np.ndarray, course: Course) -> Table:
    length = course.length - course.ramp
    most = max(len(part.n) for part in parts)
    n = np.array([np.pad(part.n, (0, most - len(part.n))) for part in parts])
    columns = np.array(
        [np.pad(part.percentiles, ((0, most - len(part.n)), (0, 0)), constant_values=np.nan) for part in parts]
    ).reshape(len(parts), most, len(levels))
    together = Parts(n, levels, columns)
    requests = table.requests - np.array([part.requests for part in parts])
    failures = np.clip(table.failures - np.array([part.failures for part in parts]), 0, requests)
    sums = np.nan_to_num(table.mean) * table.requests - np.array([part.mean * part.requests for part in parts])
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(requests > 0, sums / requests, np.nan)
    values = np.array([[together.value(row, float(level)) for level in levels] for row in range(len(parts))])
    largest = values[:, -1] if levels[-1] == 1.0 else np.full(len(parts), np.nan)
    maximum = np.fmin(table.maximum, largest + reach_up(np.nan_to_num(largest)))
    return replace(
        table, requests=requests, failures=failures, timed=requests, mixed=failures, ranked=requests, mean=mean,
        maximum=np.where(requests > 0, maximum, np.nan), median=np.full(len(parts), np.nan), levels=levels,
        columns=values.reshape(len(parts), len(levels)), parts=together, cut=course.ramp,
        rate=requests / length,
    )  # fmt: skip
