"""Reads what `locust --json` prints and `--json-file` writes (counts, and a histogram of times) into the same table as
CSVs.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from reznet_load.core.errors import ConfigError
from reznet_load.core.text.foreign_text import for_terminal
from reznet_load.verdict.csv.table import Table

# Every level that a percentile column may have, and more in between where bounds from columns alone would be wide.
LEVELS = np.array(
    [*np.arange(0.01, 0.995, 0.01).round(2), *np.arange(0.991, 0.9995, 0.001).round(3), 0.9999, 0.99999, 1.0]
)
_NUMBERS = ("num_requests", "num_failures", "total_response_time", "max_response_time")


def begins_like(text: str) -> bool:
    """Could `text` be Locust's JSON?"""
    return text.lstrip()[:1] == "["


def read(text: str, name: str) -> Table:
    """The rows of the file called `name`. Raises ConfigError."""
    try:
        entries = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{name}: not whole JSON ({error}); save all that `locust --json` printed") from None
    if not isinstance(entries, list) or not all(isinstance(one, dict) and "num_requests" in one for one in entries):
        raise ConfigError(
            f"{name}: not what `locust --json` prints, a list of rows with num_requests and response_times"
        )
    rows = [_row(one, f"{name}, entry {at}") for at, one in enumerate(entries, 1)]
    start = min((float(one.get("start_time") or 0) for one in entries), default=0.0)
    end = max((float(one.get("last_request_timestamp") or 0) for one in entries), default=0.0)
    return _table(rows, max(end - start, 0.0))


def _row(entry: dict[str, Any], where: str) -> dict[str, Any]:
    for field in _NUMBERS:
        value = entry.get(field)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 1e15:
            raise ConfigError(
                f"{where}: {field} read as {for_terminal(repr(value), 60)}, expected a number, zero or more"
            )
    if entry["num_failures"] > entry["num_requests"]:
        raise ConfigError(
            f"{where}: {entry['num_failures']} failures of {entry['num_requests']} requests; save the output again"
        )
    times = entry.get("response_times")
    if not isinstance(times, dict):
        raise ConfigError(
            f"{where}: response_times read as {for_terminal(repr(times), 60)}, expected an object of time and count"
        )
    try:
        histogram = sorted((float(time), int(count)) for time, count in times.items())
    except (TypeError, ValueError):
        raise ConfigError(
            f"{where}: response_times has something else than times and counts; save the output again"
        ) from None
    timed = entry["num_requests"] - int(entry.get("num_none_requests") or 0)
    counted = sum(count for _, count in histogram)
    if counted != timed or any(count < 0 or not 0 <= time < 1e12 for time, count in histogram):
        raise ConfigError(f"{where}: response_times has {counted} times for {timed} requests; save the output again")
    return {**entry, "histogram": histogram, "timed": timed}


def _table(rows: list[dict[str, Any]], seconds: float) -> Table:
    def column(name: str) -> np.ndarray:
        return np.array([np.nan if row.get(name) is None else float(row[name]) for row in rows])

    requests = column("num_requests")
    failures = column("num_failures")
    timed = column("timed")
    columns = np.array([_quantiles(row["histogram"]) for row in rows]).reshape(len(rows), len(LEVELS))
    names = tuple(" ".join(str(row.get("name", "")).split()) for row in rows)
    types = [" ".join(str(row.get("method") or "").split()) for row in rows]
    nothing = np.full(len(rows), np.nan)
    rate = requests / seconds if seconds else nothing
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(timed > 0, column("total_response_time") / timed, np.nan)
    return Table(
        keys=tuple(f"{kind} {name}".strip() for kind, name in zip(types, names, strict=True)), names=names,
        lines=np.zeros(len(rows), dtype=int), requests=requests, failures=failures, timed=timed, mixed=np.minimum(failures, timed),
        ranked=timed, mean=mean, minimum=np.where(timed > 0, column("min_response_time"), np.nan),
        maximum=np.where(timed > 0, column("max_response_time"), np.nan), median=nothing, rate=rate,
        failed_rate=failures / seconds if seconds else nothing, levels=LEVELS, columns=columns, total=None,
    )  # fmt: skip


def _quantiles(histogram: list[tuple[float, int]]) -> np.ndarray:
    """The time of rank floor(n p) + 1 for each of LEVELS, the rank that Locust uses."""
    if not histogram:
        return np.full(len(LEVELS), np.nan)
    times, counts = np.array([time for time, _ in histogram]), np.cumsum([count for _, count in histogram])
    ranks = np.minimum(np.floor(counts[-1] * LEVELS + 1e-9) + 1, counts[-1])
    return times[np.searchsorted(counts, ranks)]
