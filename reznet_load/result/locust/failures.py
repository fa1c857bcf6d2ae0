"""Reads `PREFIX_failures.csv` of Locust 0.13 to 2.x: failures with their counts and rows."""

from __future__ import annotations

import numpy as np

from reznet_load.result.locust.damage import key
from reznet_load.result.locust.frame import read_frame
from reznet_load.result.locust.run import FailureCount
from reznet_load.result.locust.text import CsvText

_COLUMNS = {"type": ("method", "type"), "name": ("name",), "error": ("error",), "count": ("occurrences", "occurences")}


def read(text: CsvText, name: str) -> tuple[FailureCount, ...]:
    """The kinds of failure, most frequent first. Raises ConfigError."""
    frame = read_frame(text, name, ("name", "error", "count"), _COLUMNS)
    counts = np.nan_to_num(frame.numbers["count"], posinf=0)
    found = [FailureCount(key(frame, at), frame.words["error"][at], int(counts[at])) for at in range(len(frame))]
    return tuple(sorted(found, key=lambda one: -one.count))
