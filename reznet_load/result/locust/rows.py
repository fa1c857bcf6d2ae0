"""Converts a Table to the Rows of a results document, for a run of ours whose samples are lost."""

from __future__ import annotations

import numpy as np

from reznet_load.core.measured.measurement import Row
from reznet_load.verdict.csv.table import Table


def rows(table: Table, phase: str) -> tuple[Row, ...]:
    """Every row but the total; `statistics` has all percentiles; a number that the file lacks is None or absent."""

    def at(values: np.ndarray, row: int) -> float | None:
        return None if np.isnan(values[row]) else float(values[row])

    known = [np.flatnonzero(~np.isnan(values)) for values in table.columns]
    return tuple(
        Row(
            key=table.keys[row], phase=phase, unit="ms", count=int(table.successes[row]), failures=int(table.failures[row]),
            rate=at(table.rate, row), mean=at(table.mean, row), minimum=at(table.minimum, row), maximum=at(table.maximum, row),
            p50=at(table.column(0.5), row), p95=at(table.column(0.95), row), p99=at(table.column(0.99), row), source="locust csv",
            statistics={f"p{100 * table.levels[one]:.6g}": float(table.columns[row, one]) for one in known[row]},
        )
        for row in table.operations
    )  # fmt: skip
