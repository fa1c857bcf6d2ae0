"""Locust's CSVs of any version and project as Rows; the only pandas in the house."""

from __future__ import annotations

import math
import re
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from reznet_load.core.errors import ConfigError
from reznet_load.core.measurement import Row

if TYPE_CHECKING:
    import pandas as pd

# Our name -> what Locust has called it, newest first.
_COLUMNS = {
    "type": ("Type", "Method"),
    "name": ("Name",),
    "requests": ("Request Count", "# requests", "Total Request Count"),
    "failures": ("Failure Count", "# failures", "Total Failure Count"),
    "mean": ("Average Response Time", "Average response time"),
    "minimum": ("Min Response Time", "Min response time"),
    "maximum": ("Max Response Time", "Max response time"),
    "rate": ("Requests/s",),
    "p50": ("50%", "Median Response Time", "Median response time"),
}
_NEEDED = ("name", "requests", "failures")
_PERCENTILE = re.compile(r"(\d+(?:\.\d+)?)%")
_TOTALS = ("Aggregated", "Total")  # a mix of everything: never judged


def find(folder: Path) -> Path:
    """The `*_stats.csv` in `folder`, or `folder` itself where it is such a file. Raises ConfigError."""
    if folder.is_file():
        return folder
    found = sorted(folder.glob("*_stats.csv")) or sorted(folder.glob("*requests.csv"))
    if not found:
        raise ConfigError(
            f"{folder}: neither run.json nor a *_stats.csv is there; expected a run folder, "
            "or a folder that `locust --csv PREFIX` wrote"
        )
    return found[0]


def read_rows(path: Path, phase: str = "whole run") -> tuple[Row, ...]:
    """The rows of a `*_stats.csv`; () where it has none. Raises ConfigError naming file, what was read, what is right."""
    table = _table(path)
    names = {ours: next((old for old in known if old in table), None) for ours, known in _COLUMNS.items()}
    missing = [_COLUMNS[ours][0] for ours in _NEEDED if names[ours] is None]
    if missing:
        read = ", ".join(map(str, table.columns[:8])) or "nothing"
        raise ConfigError(
            f"{path}: no column {', '.join(missing)}; read {read}; expected the *_stats.csv of `locust --csv`"
        )
    percentiles = {str(float(m[1]) / 100): c for c in table if (m := _PERCENTILE.fullmatch(str(c).strip()))}
    made = (_row(record, names, percentiles, phase) for record in table.to_dict("records"))
    return tuple(row for row in made if row is not None)


def _table(path: Path) -> pd.DataFrame:
    import pandas as pd  # half a second that a run with samples need not pay

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", pd.errors.ParserWarning)  # of surplus fields: the header's are what counts
            return pd.read_csv(
                path, encoding="utf-8-sig", dtype=str, on_bad_lines="skip", skipinitialspace=True, index_col=False
            )
    except pd.errors.EmptyDataError:
        raise ConfigError(f"{path}: empty; expected the *_stats.csv of a finished `locust --csv` run") from None
    except (OSError, UnicodeDecodeError, pd.errors.ParserError, ValueError) as error:
        raise ConfigError(f"{path}: cannot be read as CSV ({str(error).splitlines()[0][:120]})") from None


def _row(record: dict, names: dict[str, str | None], percentiles: dict[str, str], phase: str) -> Row | None:
    name = " ".join(str(record.get(names["name"], "")).split())  # a newline in a name would break every table
    requests, failures = (_number(record, names[key]) for key in ("requests", "failures"))
    if not name or name in _TOTALS or name == "nan" or requests is None:
        return None  # a total, or a line that was cut off
    kind = str(record.get(names["type"], "") if names["type"] else "").strip()
    kind = "" if kind == "nan" else kind
    columns = {level: v for level, c in percentiles.items() if (v := _number(record, c)) is not None}
    failed = min(int(failures or 0), int(requests))
    return Row(
        key=f"{kind} {name}".strip(),
        phase=phase,
        unit="ms",
        count=int(requests) - failed,
        failures=failed,
        rate=_number(record, names["rate"]),
        mean=_number(record, names["mean"]),
        minimum=_number(record, names["minimum"]),
        maximum=_number(record, names["maximum"]),
        p50=_number(record, names["p50"]),
        p95=columns.get("0.95"),
        p99=columns.get("0.99"),
        source="locust csv",
        columns=columns if columns else {},
    )


def _number(record: dict, column: str | None) -> float | None:
    try:
        value = float(record[column]) if column is not None else None
    except (KeyError, TypeError, ValueError):
        return None
    return value if value is not None and math.isfinite(value) and value >= 0 else None
