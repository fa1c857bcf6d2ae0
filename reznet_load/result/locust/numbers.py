"""Parses numbers as Locust, a spreadsheet or another country writes them, if only one convention fits the whole file."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from reznet_load.core.text.foreign_text import for_terminal
from reznet_load.verdict.csv.table import CsvDamage

# A cell without a number: Locust's own N/A for rows without requests, and what spreadsheets and pandas make of it.
NOTHING = ("", "N/A", "n/a", "NA", "#N/A", "nan", "NaN", "NAN", "None", "none", "null", "NULL", "-", "--")
GROUPED = r"\d[, \u00a0\u202f'’]\d"  # a thousands separator within a number
_SPACES = "[ \u00a0\u202f'’]"


@dataclass(frozen=True, slots=True)
class Convention:
    """How numbers are written: `form` of a whole cell, and `plain`, which converts it for float()."""

    name: str
    form: re.Pattern[str]
    plain: Callable[[str], str]


def _convention(name: str, thousands: str, decimal: str) -> Convention:
    grouped = rf"\d{{1,3}}(?:{thousands}\d{{3}})+" if thousands else r"\d+"
    form = re.compile(rf"[+-]?(?:{grouped}|\d+)?(?:{re.escape(decimal)}\d*)?(?:[eE][+-]?\d+)?")
    drop = re.compile(thousands) if thousands else None

    def plain(cell: str) -> str:
        return (drop.sub("", cell) if drop else cell).replace(decimal, ".")

    return Convention(name, form, plain)


CONVENTIONS = (
    _convention("thousands separators", rf"(?:,|{_SPACES})", "."),
    _convention("decimal commas", rf"(?:\.|{_SPACES})", ","),
)


def as_numbers(cells: pd.Series, convention: Convention) -> np.ndarray:
    """The numbers of a column of strings, NaN for an empty cell, inf for a cell that is not a number in this
    convention.
    """
    found: dict[str, float] = {}
    for cell in pd.unique(cells):
        found[cell] = _number(cell.strip().strip('"').strip(), convention)
    return cells.map(found).to_numpy(dtype=float)


def _number(cell: str, convention: Convention) -> float:
    if cell in NOTHING:
        return np.nan
    if not any(one.isdigit() for one in cell) or convention.form.fullmatch(cell) is None:
        return np.inf
    try:
        return float(convention.plain(cell))
    except ValueError:
        return np.inf


def unreadable(cell: object, line: int, column: str, row: str) -> CsvDamage:
    """The report of a cell that is not a number."""
    read = f"{cell:g}" if isinstance(cell, float) else str(cell)
    return CsvDamage(
        f"read {for_terminal(repr(read), 60)}, expected a number, zero or more",
        line,
        column,
        for_terminal(row, 120),
    )
