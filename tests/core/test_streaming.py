"""How evenly one reply came."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reznet_load.core.measured.streaming import of_reply


def test_figures_of_a_whole_reply() -> None:
    found = {row.name: (value, row.unit) for row, value in of_reply([0.1, 1.2, 0.2, 1.0], 5)}
    assert found["reply chunks"] == (5, "chunks") and found["reply stalls"] == (1, "count")
    assert found["reply largest gap"] == (1200, "ms") and round(found["reply chunk rate"][0], 3) == 1.6


def test_a_reply_of_one_arrival_has_no_rate() -> None:
    assert [row.name for row, _ in of_reply([], 3)] == ["reply chunks", "reply stalls"]


@given(st.lists(st.floats(0.001, 5), min_size=1, max_size=50))
def test_only_the_largest_gap_decides_about_a_stall(gaps: list[float]) -> None:
    found = {row.name: value for row, value in of_reply(gaps, len(gaps) + 1)}
    assert (found["reply stalls"] > 0) == (found["reply largest gap"] > 1000)
    assert found["reply chunk rate"] * sum(gaps) - len(gaps) < 1e-6
