"""Shares: trials that give yes or no, and readings that are shares themselves."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from reznet_load.core.nfr import Nfr, load_requirements
from reznet_load.core.profile import Phase
from reznet_load.core.system.resources import resource
from reznet_load.verdict.judgement import SAMPLES, Judgement
from reznet_load.verdict.rules import judge_series
from tests.stepped import series

SECONDS = 60
PHASE = Phase("steady", 0.0, float(SECONDS), 50, True)
NFRS = {nfr.id: nfr for nfr in load_requirements(resource("nfr.toml")).nfrs}
SAVED, HITS = NFRS["payload_reduction"], NFRS["cache_hit_rate"]  # > 40 %, > 60 %


def judged(nfr: Nfr, value: np.ndarray) -> Judgement:
    """`value` in percent, evenly over the phase."""
    start = (np.arange(len(value)) + 0.5) * SECONDS / len(value)
    found = judge_series(nfr, series(nfr.rows[0], start, value, unit="%"), PHASE)
    assert found is not None and found.low is not None and found.high is not None
    return found


def readings(mean: float, seed: int = 1, sd: float = 0.3, count: int = SECONDS) -> np.ndarray:
    """One a second, with `mean` for their true mean."""
    return mean + np.random.default_rng(seed).normal(0, sd, count)


def test_readings_between_15_and_16_percent_are_not_7_to_27() -> None:
    found = judged(SAVED, np.clip(readings(15.6), 15.0, 16.0))
    assert found.outcome == "fail" and found.n == SECONDS
    assert 15 < found.low < found.value < found.high < 16  # type: ignore[operator]


@pytest.mark.parametrize(("mean", "outcome"), [(39.0, "fail"), (40.0, "warning"), (41.0, "pass")])
def test_readings_are_judged_by_the_interval_of_their_mean(mean: float, outcome: str) -> None:
    found = judged(SAVED, readings(mean) - readings(mean).mean() + mean)
    assert found.outcome == outcome
    assert outcome == "pass" or ("the interval contains" if outcome == "warning" else "misses") in found.reason
    assert found.open == (SAMPLES if outcome == "warning" else "")


def test_readings_whose_true_mean_is_the_limit_pass_and_fail_as_rarely_as_a_mean() -> None:
    runs = 400
    found = Counter(judged(SAVED, readings(40.0, seed)).outcome for seed in range(runs))
    assert max(found["pass"], found["fail"]) <= 0.05 * runs + 4 * np.sqrt(0.05 * 0.95 * runs)


def test_trials_keep_the_interval_of_a_proportion() -> None:
    value = np.where(np.arange(500) % 10 < 7, 100.0, 0.0)
    found = judged(HITS, value)
    assert found.outcome == "pass" and 60 < found.low < 67 < found.value < 73 < found.high  # type: ignore[operator]
    # Sixty reads without a miss do not prove that there is none.
    assert 90 < judged(HITS, np.full(60, 100.0)).low < 97  # type: ignore[operator]


@pytest.mark.parametrize("value", [np.full(19, 100.0), np.full(19, 99.0)])
def test_fewer_than_20_are_too_few_to_pass_of_either_kind(value: np.ndarray) -> None:
    found = judged(HITS, value)
    assert found.outcome == "warning" and "19 samples are too few for a Pass, which needs 20" in found.reason
    assert found.open == SAMPLES
    assert judged(HITS, np.append(value, value[0])).outcome == "pass"


@pytest.mark.parametrize("value", [50.0, 80.0])
def test_a_single_reading_proves_nothing(value: float) -> None:
    found = judged(HITS, np.array([value]))
    assert (found.outcome, found.low, found.high) == ("warning", 0.0, 100.0)


def test_bounds_of_a_share_are_shares() -> None:
    found = judged(NFRS["compression"], np.append(np.full(59, 100.0), 60.0))
    assert 0 <= found.low <= found.high <= 100  # type: ignore[operator]
