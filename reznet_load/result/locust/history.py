"""Reads `PREFIX_stats_history.csv` of Locust 0.13 to 2.x: when the run was, its users, and where its ramp-up ended."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np

from reznet_load.core.errors import ConfigError
from reznet_load.result.locust.columns import KNOWN, TOTALS
from reznet_load.result.locust.frame import Frame, read_frame
from reznet_load.result.locust.run import Course
from reznet_load.result.locust.text import CsvText
from reznet_load.verdict.csv.match import TOTALS as TOTAL_NAMES

_COLUMNS = {
    "timestamp": ("timestamp",),
    "users": ("user count",),
    **{key: KNOWN[key] for key in ("type", "name", "rate", "failed_rate")},
}
# Locust 1.x and later name the run's totals "Total …"; earlier versions have no prefix.
_COLUMNS |= {key: (*TOTALS[key], *KNOWN[key]) for key in ("requests", "failures", "mean", "minimum", "maximum")}
_LATEST = 4e9  # year 2096: a later timestamp is in milliseconds, or not a timestamp


def read(text: CsvText, name: str) -> Frame:
    """The lines of the history, in order. Raises ConfigError, also if no line has a time."""
    frame = read_frame(text, name, ("timestamp", "name"), _COLUMNS)
    if not _whole(frame).any():
        raise ConfigError(f"{frame.name}: no line with a time; expected the history of `locust --csv PREFIX`")
    return frame


def _whole(frame: Frame) -> np.ndarray:
    at = frame.numbers["timestamp"]
    return np.isfinite(at) & (at > 0) & (at < _LATEST)


def course(frame: Frame) -> Course:
    """The course of the run as a whole."""
    at, whole = frame.numbers["timestamp"], _whole(frame)
    total = np.array([name in TOTAL_NAMES for name in frame.words["name"]])
    rows = np.flatnonzero(whole & total)
    rows = _last_run(frame, rows if len(rows) else np.flatnonzero(whole))
    users = np.nan_to_num(frame.numbers.get("users", np.zeros(len(frame)))[rows], posinf=0)
    times, most = at[rows], int(users.max(initial=0))
    reached = float(times[np.argmax(users >= most)] - times[0]) if most else 0.0
    full = bool((whole & ~total).any())
    return Course(datetime.fromtimestamp(float(times[0]), UTC), float(times[-1] - times[0]), most, reached, full)


def _last_run(frame: Frame, rows: np.ndarray) -> np.ndarray:
    """`rows` since their totals last fell: Locust 0.13 and 0.14 append to the history of the previous run."""
    if "requests" not in frame.numbers:
        return rows
    fell = np.flatnonzero(np.diff(np.nan_to_num(frame.numbers["requests"][rows])) < 0)
    return rows[fell[-1] + 1 :] if len(fell) else rows
