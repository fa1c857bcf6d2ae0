"""Which rows a requirement names: by exact name first, then by pattern; the total only by its own name."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

import numpy as np

from reznet_load.core.measured.row_patterns import compiled
from reznet_load.verdict.csv.table import Table

TOTALS = ("Aggregated", "Total")  # Locust's names for the row of all requests, newest first
_SUGGESTIONS = 3


@dataclass(frozen=True, slots=True, eq=False)
class Matched:
    """`rows`: positions that match; `missing`: patterns without a match; `total`: the total was named."""

    rows: np.ndarray
    missing: tuple[str, ...]
    total: bool


def match(table: Table, patterns: tuple[str, ...]) -> Matched:
    """The rows that match `patterns`. A name with or without its type will do: `GET /checkout`, `/checkout`."""
    keys = table.keys
    names = table.names
    operations = table.operations
    found: set[int] = set()
    missing, total = [], False
    for pattern in patterns:
        wanted = " ".join(pattern.split())
        exact = [int(at) for at in operations if keys[at] == wanted] or [
            int(at) for at in operations if names[at] == wanted
        ]
        if not exact and wanted in TOTALS and table.total is not None:
            exact, total = [table.total], True
        if not exact:
            fits = compiled(wanted)
            exact = [int(at) for at in operations if fits(keys[at]) or fits(names[at])]
        found.update(exact)
        if not exact:
            missing.append(pattern)
    return Matched(np.array(sorted(found), dtype=int), tuple(missing), total)


def nearest(table: Table, wanted: str, also: tuple[str, ...] = ()) -> list[str]:
    """Names of rows similar to `wanted`, nearest first; `also` are rows that the table lost."""
    names = {table.keys[at]: table.keys[at] for at in table.operations} | {key: key for key in also}
    names |= {table.names[at]: table.keys[at] for at in table.operations if table.names[at] not in names}
    folded = {name.casefold(): key for name, key in names.items()}
    plain = wanted.strip("*").strip().casefold()
    close = difflib.get_close_matches(plain, list(folded)[:5000], n=2 * _SUGGESTIONS, cutoff=0.75)
    return list(dict.fromkeys(folded[one] for one in close))[:_SUGGESTIONS]
