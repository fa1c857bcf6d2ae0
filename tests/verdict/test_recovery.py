"""The recovery rule compared with tables and a direct reading of its definition."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reznet_load.core.nfr import load_requirements
from reznet_load.core.system.resources import resource
from reznet_load.verdict.beyond.recovery import UNSEEN, WINDOW_SECONDS, recovery
from reznet_load.verdict.samples import Series
from tests.builders import ORIGIN

REQUIREMENTS = load_requirements(resource("nfr.toml"))
GOOD, SLOW, FAILED, SILENT = "good", "slow", "failed", "silent"
A_WINDOW = 20


def replies(windows: list[str]) -> dict[str, Series]:
    """Agent turns, twenty in each window of ten seconds from ORIGIN on."""
    told = [(number, kind) for number, kind in enumerate(windows) if kind != SILENT]
    start = [ORIGIN + 10 * number + 0.5 * place for number, _ in told for place in range(A_WINDOW)]
    value = [9000.0 if kind == SLOW else 900.0 for _, kind in told for _ in range(A_WINDOW)]
    error = [int(kind == FAILED and place < 2) for _, kind in told for place in range(A_WINDOW)]
    return {"CHAT agent turn": series("CHAT agent turn", start, value, error)}


def series(key: str, start: list[float], value: list[float], error: list[int]) -> Series:
    none = np.full(len(start), np.nan)
    numbers = np.array(error, dtype=np.uint16)
    return Series(
        key, "ms", np.array(start), np.array(value), none, numbers, np.zeros(len(start), np.uint16), ("", "busy")
    )


@pytest.mark.parametrize(
    ("windows", "outcome", "seconds"),
    [
        ([GOOD] * 3, "pass", 0.0),
        ([SLOW] * 6 + [GOOD] * 3, "pass", 60.0),
        ([SLOW] * 7 + [GOOD] * 3, "warning", 70.0),
        ([SLOW] * 30 + [GOOD] * 3, "warning", 300.0),
        ([SLOW] * 31 + [GOOD] * 3, "fail", 310.0),
        ([GOOD, GOOD, FAILED] + [GOOD] * 3, "pass", 30.0),  # two good windows in a row are none
        ([SILENT] * 4 + [GOOD] * 3, "pass", 40.0),  # users who hang send nothing
        ([SLOW] * 4 + [GOOD] * 2, UNSEEN, None),
        ([SLOW] * 30, UNSEEN, None),  # 300 s is the last Warning: not proven to be past it
        ([SLOW] * 31, "fail", None),
        ([], UNSEEN, None),
    ],
)
def test_the_first_of_three_good_windows_is_the_recovery(
    windows: list[str], outcome: str, seconds: float | None
) -> None:
    found = recovery(REQUIREMENTS, replies(windows), ORIGIN, ORIGIN + WINDOW_SECONDS * len(windows))
    assert (found.outcome, found.seconds) == (outcome, seconds)


def test_it_names_what_was_out_of_target_last() -> None:
    found = recovery(REQUIREMENTS, replies([SLOW, FAILED] + [GOOD] * 3), ORIGIN, ORIGIN + 50)
    assert found.reason == "in target from 20 s on; last out of target: Error Rate (worst row), CHAT agent turn"


def test_an_unseen_recovery_has_a_lower_bound() -> None:
    found = recovery(REQUIREMENTS, replies([SLOW, SLOW, GOOD, GOOD]), ORIGIN, ORIGIN + 47)
    assert (found.longer, found.reason.split(";")[0]) == (20.0, "not seen within the 47s that were measured")


def test_one_row_out_of_target_is_enough() -> None:
    found = replies([GOOD] * 4)
    slow = series("GET /api/agents", [ORIGIN + 1, ORIGIN + 2, ORIGIN + 12], [1500.0, 1500.0, 5.0], [0, 0, 0])
    quick = series("GET /health", [ORIGIN + 10 * n for n in range(4)], [5.0] * 4, [0] * 4)
    seen = recovery(REQUIREMENTS, found | {slow.key: slow, quick.key: quick}, ORIGIN, ORIGIN + 40)
    assert seen.seconds == 10.0 and "API Response Time (p95), GET /api/agents" in seen.reason


def test_nothing_measured_is_no_recovery() -> None:
    assert recovery(REQUIREMENTS, {}, ORIGIN, ORIGIN + 600).outcome == UNSEEN


@given(st.lists(st.sampled_from([GOOD, SLOW, FAILED, SILENT]), max_size=40))
def test_the_rule_agrees_with_a_direct_reading_of_its_definition(windows: list[str]) -> None:
    found = recovery(REQUIREMENTS, replies(windows), ORIGIN, ORIGIN + 10 * len(windows))
    if all(kind == SILENT for kind in windows):
        assert found.outcome in (UNSEEN, "fail") and found.seconds is None
        return
    starts = [n for n in range(len(windows) - 2) if windows[n : n + 3] == [GOOD] * 3]
    assert found.seconds == (10.0 * starts[0] if starts else None)
    assert found.longer <= 10 * len(windows)
