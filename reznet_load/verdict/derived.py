"""Series that no process measured directly, each computed from two that were measured where things happened."""

from __future__ import annotations

import numpy as np

from reznet_load.core.rows import AGENT_LIST_STATEMENTS, ARRIVALS, GET_AGENTS, QUERY_REDUCTION
from reznet_load.core.run import RunInfo
from reznet_load.verdict import intended
from reznet_load.verdict.samples import Series

# Includes callers who do not wait: PostgreSQL's counts include their statements too.
_REQUESTS, _STATEMENTS = (GET_AGENTS.key, ARRIVALS.of(GET_AGENTS.name).key), AGENT_LIST_STATEMENTS.key


def add(series: dict[str, Series], info: RunInfo) -> dict[str, Series]:
    """`series` with those that can be derived from them."""
    series = intended.add(series, info)
    found = query_reduction(series)
    return series | {found.key: found} if found is not None else series


def query_reduction(series: dict[str, Series]) -> Series | None:
    """For each agent list requested: 100 % if PostgreSQL counted no statement for it, else 0 %.

    Statements between two readings belong to the requests between them. Which request caused which statement is not
    known, and does not matter for a share. If there are more statements than requests (the backend reads the list for
    itself), it is 0 %.
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
    # its number among the requests between two readings
    place = np.arange(len(start)) - np.searchsorted(between, between)
    value = np.where(place < new[between], 0.0, 100.0).astype(np.float32)
    nothing = np.full(len(start), np.nan, np.float32)
    zeros = np.zeros(len(start), np.uint16)
    return Series(QUERY_REDUCTION.key, QUERY_REDUCTION.unit, start, value, nothing, zeros, zeros, asked[0].texts)
