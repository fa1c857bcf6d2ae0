"""Reads one CSV with pandas: names as text, all else as numbers; what could not be read becomes damage."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from reznet_load.core.errors import ConfigError
from reznet_load.result.locust.columns import KNOWN, level, places
from reznet_load.result.locust.numbers import CONVENTIONS, GROUPED, NOTHING, Convention, as_numbers, unreadable
from reznet_load.result.locust.records import Records, records
from reznet_load.result.locust.text import CsvText, shown
from reznet_load.verdict.csv.table import CsvDamage

_WORDS = ("type", "name", "error", "message", "traceback")
_WHOLE = ("requests", "failures")


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """The records of a file, by our names of its columns.

    words      type and name, as in the file; a missing type is ""
    numbers    our name -> values, NaN if a cell is empty or N/A; quantile level -> values in `percentiles`
    headings   our name, or a quantile level -> the file's own heading
    """

    name: str
    words: dict[str, list[str]]
    numbers: dict[str, np.ndarray]
    percentiles: dict[float, np.ndarray]
    headings: dict[str | float, str]
    lines: np.ndarray
    damage: tuple[CsvDamage, ...]
    notes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.lines)


def read_frame(text: CsvText, name: str, needed: Iterable[str], known: dict[str, tuple[str, ...]] = KNOWN) -> Frame:
    """Read `text` of the file called `name`. Raises ConfigError if one of the `needed` columns is missing."""
    from reznet_load.result.locust.text import headings as split

    first = next((line for line in text.text.splitlines() if line.strip()), "")
    at = places(split(first, text.separator), known)
    found = records(text.text, text.separator, name, at.get("name"))
    missing = [known[ours][0].title() for ours in needed if ours not in at]
    if missing:
        raise ConfigError(
            f"{name}, line 1: no column {', '.join(missing)}; read {shown(found.headings)}; "
            "expected the *_stats.csv of `locust --csv PREFIX`, with its heading"
        )
    levels = {place: value for place, heading in enumerate(found.headings) if (value := level(heading)) is not None}
    twice = {heading for heading in found.headings if heading and found.headings.count(heading) > 1}
    if twice:
        raise ConfigError(
            f"{name}, line 1: column {', '.join(sorted(twice))} is there twice; expected each column once"
        )
    return _framed(text, found, name, at, levels)


def _framed(text: CsvText, found: Records, name: str, at: dict[str, int], levels: dict[int, float]) -> Frame:
    words = {key: place for key, place in at.items() if key in _WORDS}
    wanted: dict[int, str | float] = {place: key for key, place in at.items() if key not in _WORDS} | levels
    cells = _table(found, text.separator, words, wanted, at)
    table, convention = cells.table, cells.convention
    if len(table) != len(found.lines):
        raise ConfigError(
            f"{name}: {len(found.lines)} records, of which {len(table)} can be read; restore the file as Locust wrote it"
        )
    said = {key: [" ".join(cell.split()) for cell in table[place]] for key, place in words.items()}
    typed, named = (said.setdefault(key, [""] * len(table)) for key in ("type", "name"))
    values = {key: _values(table[place], convention) for place, key in wanted.items()}
    lines = np.array(found.lines, dtype=int)
    headings = {key: found.headings[place] for place, key in wanted.items()}
    damage = list(found.damage)
    for place, key in wanted.items():
        for bad in np.flatnonzero(np.isinf(values[key]) | (values[key] < 0))[:20]:
            damage.append(
                unreadable(table[place].iloc[bad], int(lines[bad]), headings[key], f"{typed[bad]} {named[bad]}")
            )
    if cells.unsure is not None:
        damage.append(_unsure(table, cells.unsure, lines, found.headings))
    notes = [text.note] if text.note else []
    if convention is not None and any(table[place].str.contains(GROUPED).any() for place in wanted):
        notes.append(f"numbers are written with {convention.name}")
    return Frame(
        name,
        said,
        {key: v for key, v in values.items() if isinstance(key, str)},
        {key: v for key, v in values.items() if not isinstance(key, str)},
        headings,
        lines,
        tuple(damage),
        tuple(notes),
    )


def _unsure(table: pd.DataFrame, at: tuple[int, int], lines: np.ndarray, headings: list[str]) -> CsvDamage:
    record, place = at
    text = f"read {table[place].iloc[record]!r}, which may be thousands or decimals; save it with points for decimals alone"
    return CsvDamage(text, int(lines[record]), headings[place])


def _values(cells: pd.Series, convention: Convention | None) -> np.ndarray:
    if convention is not None:
        return as_numbers(cells, convention)
    return cells.to_numpy(dtype=float)


@dataclass(frozen=True, slots=True, eq=False)
class _Cells:
    """The columns that are used: numbers read by pandas if `convention` is None, else text to be read by it.

    unsure   (record, place) of a number that another convention reads differently, None if there is none
    """

    table: pd.DataFrame
    convention: Convention | None = None
    unsure: tuple[int, int] | None = None


def _table(
    found: Records, separator: str, words: dict[str, int], wanted: dict[int, str | float], at: dict[str, int]
) -> _Cells:
    """The table as pandas reads it if every cell is a number and counts and percentiles are whole; else by the best
    convention.
    """
    plain = _read(found, separator, words.values(), wanted)
    # Locust writes counts and percentiles as whole numbers: one with a point may be thousands, 1.000.
    whole = {at[key] for key in _WHOLE if key in at} | {
        place for place, key in wanted.items() if isinstance(key, float)
    }
    if not len(plain) or all(plain[place].dtype.kind in ("iu" if place in whole else "iuf") for place in wanted):
        return _Cells(plain)
    table = _read(found, separator, [*words.values(), *wanted], {})
    return _fitting(table, wanted)


def _read(found: Records, separator: str, text: Iterable[int], numbers: Iterable[int]) -> pd.DataFrame:
    text, numbers = list(text), list(numbers)
    try:
        return pd.read_csv(
            io.StringIO(found.text),
            sep=separator,
            header=0,
            names=list(range(len(found.headings))),
            usecols=[*text, *numbers],
            dtype=dict.fromkeys(text, str),
            keep_default_na=False,
            na_values={place: list(NOTHING) for place in numbers},
            index_col=False,
            low_memory=False,
        ).fillna(dict.fromkeys(text, ""))
    except (ValueError, OverflowError) as error:  # pandas' own parser errors are ValueErrors
        raise ConfigError(f"cannot be read as CSV ({str(error).splitlines()[0][:120]})") from None


def _fitting(table: pd.DataFrame, wanted: dict[int, str | float]) -> _Cells:
    """Reads by the convention with the fewest contradictions; if two fit equally, `unsure` is the first number they
    differ on.
    """
    readings = [{place: as_numbers(table[place], one) for place in wanted} for one in CONVENTIONS]
    wrong = [_misfits({wanted[place]: values for place, values in reading.items()}) for reading in readings]
    best = int(np.argmin(wrong))
    unsure = None
    if wrong[0] == wrong[1]:
        for place in wanted:
            differ = np.flatnonzero(~np.isclose(readings[0][place], readings[1][place], equal_nan=True))
            unsure = unsure or ((int(differ[0]), place) if len(differ) else None)
    return _Cells(table, CONVENTIONS[best], unsure)


def _misfits(values: dict[str | float, np.ndarray]) -> int:
    """How many cells are not numbers, counts not whole, times out of order or outside of their bounds."""
    wrong = sum(int(np.isinf(found).sum()) for found in values.values())
    wrong += sum(
        int((values[key] != np.floor(values[key])).sum() - np.isnan(values[key]).sum())
        for key in _WHOLE
        if key in values
    )
    levels = sorted(key for key in values if isinstance(key, float))
    wrong += sum(int((values[after] < values[before]).sum()) for before, after in pairwise(levels))
    if {"minimum", "mean", "maximum"} <= set(values):
        within = (values["minimum"] <= values["mean"] + 1) & (values["mean"] <= values["maximum"] + 1)
        wrong += int((~within & ~np.isnan(values["mean"])).sum())
    return wrong
