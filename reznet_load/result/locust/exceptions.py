"""Reads Locust's `PREFIX_exceptions.csv`: exceptions of the user's own locustfile and their counts."""

from __future__ import annotations

import numpy as np

from reznet_load.result.locust.frame import read_frame
from reznet_load.result.locust.run import Raised
from reznet_load.result.locust.text import CsvText

_COLUMNS: dict[str, tuple[str, ...]] = {"count": ("count",), "message": ("message",), "traceback": ("traceback",)}


def read(text: CsvText, name: str) -> tuple[Raised, ...]:
    """The exceptions, most frequent first. Raises ConfigError."""
    frame = read_frame(text, name, ("count", "message"), _COLUMNS)
    counts, traces = np.nan_to_num(frame.numbers["count"], posinf=0), frame.words.get("traceback", [""] * len(frame))
    found = [Raised(frame.words["message"][at], int(counts[at]), traces[at].strip()) for at in range(len(frame))]
    return tuple(sorted(found, key=lambda one: -one.count))
