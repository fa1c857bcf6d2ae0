"""Locust's CSVs of any version and project as Rows; the only pandas in the house.

`X_stats.csv` is the evidence. Beside it, where they are: `X_failures.csv` (failures by kind), `X_exceptions.csv` (defects of
the user code), `X_stats_history.csv` (when, how long, how many users), and `X_distribution.csv` (percentiles before 0.14).
"""

from __future__ import annotations

import csv
import io
import math
import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from reznet_load.core.errors import ConfigError
from reznet_load.core.measurement import Row

# Our name -> what Locust has called it, in lower case, newest first.
_COLUMNS = {
    "type": ("type", "method"),
    "name": ("name",),
    "requests": ("request count", "# requests", "total request count"),
    "failures": ("failure count", "# failures", "total failure count"),
    "mean": ("average response time", "total average response time"),
    "minimum": ("min response time", "total min response time"),
    "maximum": ("max response time", "total max response time"),
    "rate": ("requests/s", "total rps"),
    "p50": ("50%", "median response time", "total median response time"),
}
_SHOWN = {"name": "Name", "requests": "Request Count", "failures": "Failure Count"}  # nothing is a row without them
_PERCENTILE = re.compile(r"(\d+(?:\.\d+)?)%")
_TOTALS, _NO_TYPE = ("Aggregated", "Total"), ("", "None")  # a mix of everything: never judged
_STATS = ("_stats.csv", "_requests.csv")
_ENDINGS = (*_STATS, "_stats_history.csv", "_failures.csv", "_exceptions.csv", "_distribution.csv")
WHOLE = "whole run"


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands in the files beside a `*_stats.csv`.

    start, end   seconds since the epoch; None without a history       users   most at once
    exceptions   how many the user code raised, `first` of them        unread   files that could not be read, in words
    """

    start: float | None = None
    end: float | None = None
    users: int = 0
    exceptions: int = 0
    first: str = ""
    unread: tuple[str, ...] = field(default=())


def find(place: Path) -> Path:
    """The `*_stats.csv` meant by a file, a folder, or the prefix given to `locust --csv`. Raises ConfigError."""
    if place.is_file():
        return place
    if not place.is_dir():
        for ending in _STATS:
            if (named := place.with_name(place.name + ending)).is_file():
                return named
        raise ConfigError(f"{place}: not there; expected a run folder below reports/, or a folder with Locust's CSVs")
    found = next((files for ending in _STATS if (files := sorted(place.glob(f"*{ending}")))), [])
    if not found:
        raise ConfigError(
            f"{place}: neither run.json nor a *_stats.csv is there; expected a run folder, "
            "or a folder that `locust --csv PREFIX` wrote"
        )
    if len(found) > 1:
        names = ", ".join(path.name for path in found[:4])
        raise ConfigError(f"{place}: {len(found)} runs are there ({names}); name one of these files")
    return found[0]


def read_rows(path: Path, phase: str = WHOLE) -> tuple[Row, ...]:
    """The rows of a `*_stats.csv`; () where it has none. Raises ConfigError naming file, what was read, what is right."""
    table = _table(path)
    names = _names(table)
    if "Timestamp" in table:
        raise ConfigError(
            f"{path}: a history, with a line for each second; expected {_sibling(path, '').name}_stats.csv beside it"
        )
    missing = [shown for ours, shown in _SHOWN.items() if names[ours] is None]
    if missing:
        read = ", ".join(map(str, table.columns[:8])) or "nothing"
        raise ConfigError(
            f"{path}: no column {', '.join(missing)}; read {read}; expected the *_stats.csv of `locust --csv`"
        )
    levels, old = _levels(table), _distribution(path)
    made = (_row(record, names, levels, phase) for record in table.to_dict("records"))
    failed = _failures(path)
    return tuple(
        replace(row, errors=failed.get(row.key, {}), **(old.get(row.key, {}) if not levels else {}))
        for row in made
        if row is not None
    )


def read_beside(path: Path) -> Beside:
    """What the files beside the `*_stats.csv` at `path` say; what cannot be read is told, never raised."""
    unread, found = [], Beside()
    for ending, reader in (("_stats_history.csv", _span), ("_exceptions.csv", _exceptions), ("_failures.csv", None)):
        try:
            table = _table(_sibling(path, ending)) if _sibling(path, ending).is_file() else pd.DataFrame()
        except ConfigError as error:
            unread.append(str(error))
            continue
        found = replace(found, **reader(table)) if reader else found
    return replace(found, unread=tuple(unread))


def _sibling(path: Path, ending: str) -> Path:
    stem = next((path.name.removesuffix(known) for known in _ENDINGS if path.name.endswith(known)), path.stem)
    return path.with_name(stem + ending)


def _table(path: Path) -> pd.DataFrame:
    """A CSV as text, its last line left out where the file ends in the middle of it."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        header = text.partition("\n")[0]
        separator = ";" if ";" in header and "," not in header else ","
        if text and not text.endswith("\n"):
            whole, _, last = text.rpartition("\n")
            width = [len(next(csv.reader([line], delimiter=separator), [])) for line in (header, last)]
            text = whole + "\n" if whole and width[1] < width[0] else text
        return pd.read_csv(
            io.StringIO(text),
            dtype=str,
            on_bad_lines="skip",
            skipinitialspace=True,
            sep=separator,
            index_col=False,
            keep_default_na=False,
        ).rename(columns=lambda name: str(name).strip())
    except pd.errors.EmptyDataError:
        raise ConfigError(f"{path}: empty; expected the *_stats.csv of a finished `locust --csv` run") from None
    except (OSError, UnicodeDecodeError, pd.errors.ParserError, csv.Error, ValueError) as error:
        raise ConfigError(
            f"{path}: cannot be read as CSV ({(str(error).splitlines() or ['?'])[0][:120]}); "
            "expected a text file that `locust --csv` wrote"
        ) from None


def _names(table: pd.DataFrame) -> dict[str, str | None]:
    """Our name of a column -> the table's, None where it has none."""
    lower = {name.lower(): name for name in table.columns}
    return {ours: next((lower[old] for old in known if old in lower), None) for ours, known in _COLUMNS.items()}


def _levels(table: pd.DataFrame) -> dict[str, str]:
    """Quantile level -> its column."""
    return {str(round(float(m[1]) / 100, 6)): c for c in table.columns if (m := _PERCENTILE.fullmatch(c))}


def _row(record: dict[str, Any], names: dict[str, str | None], levels: dict[str, str], phase: str) -> Row | None:
    kind, name = _text(record, names["type"]), _text(record, names["name"])
    requests, failures = (_number(record, names[key]) for key in ("requests", "failures"))
    if not name or requests is None or (name in _TOTALS and kind in _NO_TYPE):
        return None  # a total, or a line that was cut off
    kind = "" if kind in _NO_TYPE else kind
    failed = min(int(failures or 0), int(requests))
    mean, minimum, maximum, p50 = (_number(record, names[key]) for key in ("mean", "minimum", "maximum", "p50"))
    # The extremes are quantiles too, and the only bounds of a quantile where a CSV has no percentiles.
    known = {"0.0": minimum, "0.5": p50, "1.0": maximum} | {at: _number(record, c) for at, c in levels.items()}
    columns = {at: value for at, value in sorted(known.items()) if value is not None}
    return Row(
        key=f"{kind} {name}".strip(), phase=phase, unit="ms", count=int(requests) - failed, failures=failed,
        rate=_number(record, names["rate"]), mean=mean, minimum=minimum, maximum=maximum, p50=p50,
        p95=columns.get("0.95"), p99=columns.get("0.99"), source="locust csv", columns=columns,
    )  # fmt: skip


def _distribution(path: Path) -> dict[str, dict[str, Any]]:
    """Row key -> its percentiles, where Locust before 0.14 wrote them into a file of their own."""
    file = _sibling(path, "_distribution.csv")
    if not file.is_file():
        return {}
    table = _table(file)
    levels, found = _levels(table), {}
    for record in table.to_dict("records"):
        columns = {at: value for at, column in levels.items() if (value := _number(record, column)) is not None}
        if columns:
            found[_text(record, "Name")] = {
                "columns": columns, "p50": columns.get("0.5"), "p95": columns.get("0.95"), "p99": columns.get("0.99"),
            }  # fmt: skip
    return found


def _failures(path: Path) -> dict[str, dict[str, int]]:
    """Row key -> failures by their text, most first."""
    file = _sibling(path, "_failures.csv")
    try:
        table = _table(file) if file.is_file() else pd.DataFrame()
    except ConfigError:
        return {}  # told by `read_beside`
    found: dict[str, dict[str, int]] = {}
    for record in table.to_dict("records"):
        count = _number(record, "Occurrences")
        if count and (key := f"{_text(record, 'Method')} {_text(record, 'Name')}".strip()):
            kinds, text = found.setdefault(key, {}), _text(record, "Error") or "unknown error"
            kinds[text] = kinds.get(text, 0) + int(count)
    return {key: dict(sorted(kinds.items(), key=lambda pair: -pair[1])) for key, kinds in found.items()}


def _span(table: pd.DataFrame) -> dict[str, Any]:
    records = table.to_dict("records")
    seconds = [value for record in records if (value := _number(record, "Timestamp"))]
    users = [value for record in records if (value := _number(record, "User Count")) is not None]
    return {
        "start": min(seconds, default=None),
        "end": max(seconds, default=None),
        "users": int(max(users, default=0)),
    }


def _exceptions(table: pd.DataFrame) -> dict[str, Any]:
    found = [
        (int(n), _text(record, "Message")) for record in table.to_dict("records") if (n := _number(record, "Count"))
    ]
    return {"exceptions": sum(count for count, _ in found), "first": found[0][1] if found else ""}


def _text(record: dict[str, Any], column: str | None) -> str:
    value = record.get(column) if column is not None else None
    return value.strip() if isinstance(value, str) else ""


def _number(record: dict[str, Any], column: str | None) -> float | None:
    """A number that can be one; None for `N/A`, nothing, or anything else."""
    text = _text(record, column)
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        return None
    return value if math.isfinite(value) and value >= 0 else None
