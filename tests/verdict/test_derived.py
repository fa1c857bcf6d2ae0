"""Query reduction computed from two counters."""

from __future__ import annotations

import numpy as np
import pytest

from reznet_load.verdict.derived import query_reduction
from reznet_load.verdict.samples import Series


def series(key: str, start: list[float], value: list[float]) -> Series:
    count = len(start)
    nothing, zeros = np.full(count, np.nan, np.float32), np.zeros(count, np.uint16)
    return Series(key, "ms", np.array(start, float), np.array(value, np.float32), nothing, zeros, zeros, ("",))


@pytest.mark.parametrize(
    ("counted", "expected"),
    [
        ([5, 5, 5], [100] * 8),
        ([5, 6, 6], [0, 100, 100, 100, 100, 100, 100, 100]),
        ([5, 9, 13], [0] * 8),
        ([5, 90, 90], [0, 0, 0, 0, 100, 100, 100, 100]),  # the backend reads for itself, too
        ([5, 2, 3], [100, 100, 100, 100, 0, 100, 100, 100]),  # statistics were reset in between
    ],
)
def test_statements_belong_to_the_requests_between_two_readings(counted: list[float], expected: list[float]) -> None:
    asked = series("GET /api/agents", [1, 2, 3, 4, 11, 12, 13, 14], [1.0] * 8)
    found = query_reduction({
        "GET /api/agents": asked, "GAUGE agent list statements": series("x", [0.5, 10.0, 20.0], counted),
    })  # fmt: skip
    assert found is not None and list(found.value) == expected


def test_without_counts_there_is_no_query_reduction() -> None:
    assert query_reduction({"GET /api/agents": series("x", [1.0], [1.0])}) is None


def test_callers_who_do_not_wait_asked_for_their_statements_too() -> None:
    users, callers = series("x", [1, 3, 5], [1.0] * 3), series("x", [2, 4, 6], [1.0] * 3)
    counted = series("x", [0.5, 10.0], [5, 8])
    rows = {"GET /api/agents": users, "GET /api/agents (arrivals)": callers, "GAUGE agent list statements": counted}
    found = query_reduction(rows)
    assert found is not None and len(found) == 6 and found.value.mean() == 50
