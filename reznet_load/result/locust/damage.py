"""Finds impossible values: percentiles that decrease, values outside their own bounds, rows that do not add up to the
total.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from reznet_load.core.text.foreign_text import for_terminal
from reznet_load.result.locust.frame import Frame
from reznet_load.verdict.csv.match import TOTALS
from reznet_load.verdict.csv.rounding import reach_down, reach_up
from reznet_load.verdict.csv.table import CsvDamage

_UNTYPED = ("", "None")  # the type of a total; a request named Total has a type
_MOST = 20  # places that are reported
_MOST_REQUESTS = 1e12  # a thousand years at 30 per second; beyond it sums are no longer exact
RESTORE = "restore the file as Locust wrote it, or run again"


def key(frame: Frame, at: int) -> str:
    """The row's name with its type, as it is matched and shown; the type `None` of old totals is left out."""
    typed = frame.words["type"][at]
    return f"{'' if typed in _UNTYPED else typed} {frame.words['name'][at]}".strip()


def total_of(frame: Frame) -> int | None:
    """The row of all requests together: the one that the others add up to, or the last candidate if none does."""
    last = None
    for at in range(len(frame) - 1, -1, -1):
        typed, name = frame.words["type"][at], frame.words["name"][at]
        if name in TOTALS and typed in _UNTYPED:
            last = at if last is None else last
            if not sums(frame, at):
                return at
    return last


def sums(frame: Frame, total: int | None) -> tuple[CsvDamage, ...]:
    """Damage if the rows' requests or failures do not add up to the total; without a total, a last row that looks like
    one.
    """
    if total is None:
        return _renamed(frame)
    found = []
    for name in ("requests", "failures"):
        if name not in frame.numbers:
            continue
        values = frame.numbers[name]
        rows, whole = np.nansum(np.delete(values, total)), values[total]
        if rows != whole and np.isfinite(rows):
            text = (
                f"the rows add up to {rows:.0f}, the total {frame.words['name'][total]} has {_shown(whole)}: "
                f"a row is missing, there twice, or changed; {RESTORE}"
            )
            found.append(CsvDamage(text, int(frame.lines[total]), frame.headings[name]))
    return tuple(found)


def _renamed(frame: Frame) -> tuple[CsvDamage, ...]:
    """The last row adds up the others and has half of a total's name: it is the total with a changed letter."""
    last = len(frame) - 1
    if last < 1 or not (frame.words["type"][last] in _UNTYPED or frame.words["name"][last] in TOTALS):
        return ()
    counts = [frame.numbers[name] for name in ("requests", "failures") if name in frame.numbers]
    if any(values[:-1].sum() != values[-1] for values in counts):
        return ()
    read = f"{frame.words['type'][last]},{frame.words['name'][last]}"
    text = f"read {for_terminal(repr(read), 80)} in a row that adds up the others, expected ',Aggregated'; {RESTORE}"
    return (CsvDamage(text, int(frame.lines[last])),)


def _shown(value: float) -> str:
    return "no number" if np.isnan(value) else f"{value:.0f}"


def rows(frame: Frame, together: bool) -> tuple[CsvDamage, ...]:
    """Rows that contradict themselves. `together`: failures are counted among the requests."""
    found = [*_counts(frame, together), *_twice(frame), *_falling(frame), *_outside(frame), *_missing(frame)]
    return tuple(sorted(found, key=lambda one: (one.line, one.column)))


def _at(frame: Frame, bad: np.ndarray, column: str | float, say: Callable[[int], str]) -> list[CsvDamage]:
    heading = frame.headings.get(column, str(column))
    return [
        CsvDamage(say(int(at)), int(frame.lines[at]), heading, for_terminal(key(frame, int(at)), 120))
        for at in np.flatnonzero(bad)[:_MOST]
    ]


def _counts(frame: Frame, together: bool) -> list[CsvDamage]:
    requests, failures = frame.numbers["requests"], frame.numbers.get("failures", np.zeros(len(frame)))
    found = []
    for name, values in (("requests", requests), ("failures", failures)):
        odd = ~np.isinf(values) & ((values != np.floor(values)) | (values > _MOST_REQUESTS))

        def say(at: int, values: np.ndarray = values) -> str:
            return f"read {values[at]:g}, expected a whole number; {RESTORE}"

        found += _at(frame, odd, name, say)
    if together:
        found += _at(
            frame,
            failures > requests,
            "failures",
            lambda at: f"{failures[at]:.0f} failures of {requests[at]:.0f} requests; {RESTORE}",
        )
    return found


def _twice(frame: Frame) -> list[CsvDamage]:
    seen: dict[tuple[str, str], int] = {}
    found = []
    for at, names in enumerate(zip(frame.words["type"], frame.words["name"], strict=True)):
        if not frame.numbers["requests"][at]:
            continue  # a distribution names rows without requests by name alone, so two types may share it
        if names in seen:
            text = f"this row is there twice, first on line {frame.lines[seen[names]]}; judge one run a file"
            found.append(CsvDamage(text, int(frame.lines[at]), "", for_terminal(key(frame, at), 120)))
        seen.setdefault(names, at)
    return found[:_MOST]


def _falling(frame: Frame) -> list[CsvDamage]:
    found = []
    levels = sorted(frame.percentiles)
    asked = frame.numbers["requests"] > 0
    for at, (before, after) in enumerate(pairwise(levels)):
        low, high = frame.percentiles[before], frame.percentiles[after]
        nearest = levels[at]

        def say(row: int, low: np.ndarray = low, high: np.ndarray = high, nearest: float = nearest) -> str:
            return f"read {high[row]:g} after {low[row]:g} in {frame.headings[nearest]}: percentiles cannot fall; {RESTORE}"

        found += _at(frame, asked & (high < low), after, say)
    return found


def _outside(frame: Frame) -> list[CsvDamage]:
    """A mean, median or percentile outside of the smallest and largest time, with tolerance for rounding."""
    numbers, asked = frame.numbers, frame.numbers["requests"] > 0
    nothing = np.full(len(frame), np.nan)
    least, most = numbers.get("minimum", nothing), numbers.get("maximum", nothing)
    crossed = asked & (least > most)
    found = _at(
        frame, crossed, "minimum", lambda at: f"{least[at]:g} is more than the largest, {most[at]:g}; {RESTORE}"
    )
    times: dict[Any, np.ndarray] = {
        "mean": numbers.get("mean", nothing),
        "median": numbers.get("median", nothing),
        **frame.percentiles,
    }
    for name, values in times.items():
        below = values + reach_up(values) + 1 < least
        above = values - reach_down(values) - 1 > most
        bad = asked & (below | above) & ~crossed

        def say(at: int, values: np.ndarray = values) -> str:
            return f"{values[at]:g} is not between the smallest and the largest time, {least[at]:g} and {most[at]:g}; {RESTORE}"

        found += _at(frame, bad, name, say)
    return found


def _missing(frame: Frame) -> list[CsvDamage]:
    """A row with requests that has some of its numbers but not others."""
    asked = frame.numbers["requests"] > 0
    columns: dict[Any, np.ndarray] = {
        **frame.percentiles,
        **{n: frame.numbers[n] for n in ("mean", "minimum", "maximum", "median") if n in frame.numbers},
    }
    if not columns:
        return []
    there = np.array([~np.isnan(values) for values in columns.values()])
    some = asked & there.any(axis=0)
    found = []
    for name, has in zip(columns, there, strict=True):
        found += _at(frame, some & ~has, name, lambda at: f"no number, though the row has requests; {RESTORE}")
    return found
