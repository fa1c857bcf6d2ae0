"""Series that no process measured: one made of two, each measured where it happened."""

from __future__ import annotations

import numpy as np

from reznet_load.core.rows import AGENT_LIST_STATEMENTS, ARRIVALS, GET_AGENTS, QUERY_REDUCTION
from reznet_load.core.run import RunInfo
from reznet_load.verdict import intended
from reznet_load.verdict.samples import Series

# Also of callers who do not wait: PostgreSQL counts what it was asked for them with the rest.
_REQUESTS, _STATEMENTS = (GET_AGENTS.key, ARRIVALS.of(GET_AGENTS.name).key), AGENT_LIST_STATEMENTS.key


def add(series: dict[str, Series], info: RunInfo) -> dict[str, Series]:
    """`series` with what can be derived from them."""
    series = intended.add(series, info)
    found = query_reduction(series)
    return series | {found.key: found} if found is not None else series


def query_reduction(series: dict[str, Series]) -> Series | None:
    """Each agent list asked for: 100 % where no statement reached PostgreSQL for it, else 0 %; by PostgreSQL's count.

    Statements between two readings belong to the requests between them; which of these it was is not known, and
    for a share it does not matter. More statements than requests (the backend reads the list for itself) leave 0 %.
    """
    asked, counted = [series[key] for key in _REQUESTS if key in series], series.get(_STATEMENTS)
    if not asked or counted is None or len(counted) < 2:
        return None
    start = np.sort(np.concatenate([one.start[one.ok] for one in asked]))
    start = start[(start >= counted.start[0]) & (start < counted.start[-1])]
    if not len(start):
        return None
    between = np.searchsorted(counted.start, start, side="right") - 1  # the reading before each request
    new = np.maximum(np.diff(counted.value.astype(float)), 0)
    place = np.arange(len(start)) - np.searchsorted(between, between)  # its number among those of its interval
    value = np.where(place < new[between], 0.0, 100.0).astype(np.float32)
    nothing = np.full(len(start), np.nan, np.float32)
    zeros = np.zeros(len(start), np.uint16)
    return Series(QUERY_REDUCTION.key, QUERY_REDUCTION.unit, start, value, nothing, zeros, zeros, asked[0].texts)
