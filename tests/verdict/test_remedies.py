"""Commands that make a short run long enough, by scenario."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from reznet_load.core.profile import Phase
from reznet_load.result.assemble import judge_folder
from reznet_load.verdict.cautions import cautions
from reznet_load.verdict.judgement import minutes_more, more
from reznet_load.verdict.remedies import SHORT_SECONDS, longer, measure_longer
from tests import builders
from tests.stepped import each_second


@pytest.mark.parametrize(
    ("scenario", "command"),
    [
        ("load", "make load DURATION=5m"),
        ("stress", "make stress DURATION=5m"),
        ("spike", "make spike DURATION=5m"),
        ("capacity", "make capacity THOROUGH=1"),
        ("soak", "make soak DURATION=30m"),
        ("failures", "make load DURATION=5m"),
        ("somebody's own", "make load DURATION=5m"),
    ],
)
def test_a_short_run_gets_the_command_of_its_scenario(scenario: str, command: str) -> None:
    info = builders.info(scenario=scenario)
    assert longer(info) == command
    gauge = each_second("GAUGE sockets", info)
    found = next(one for one in cautions(info, {gauge.key: gauge}) if one.id == "short")
    assert found.remedy.endswith(f"{command}.") and "five minutes" in found.remedy


def test_a_long_run_gets_a_command_for_a_longer_one() -> None:
    lasted = Phase("steady", builders.ORIGIN, builders.ORIGIN + SHORT_SECONDS, 50, True)
    assert longer(builders.info(phases=(lasted,))) == "make load DURATION=10m"


def test_the_step_after_an_undecided_run_is_one_command_that_is_long_enough() -> None:
    minute = Phase("steady", builders.ORIGIN, builders.ORIGIN + 60, 50, True)
    short = builders.info(phases=(minute,))
    lasted = builders.info(phases=(Phase("steady", builders.ORIGIN, builders.ORIGIN + SHORT_SECONDS, 50, True),))
    assert measure_longer(short) == "Measure for longer: make load DURATION=5m."
    assert measure_longer(short, 12) == "Measure for longer: make load DURATION=15m."
    assert measure_longer(short, math.inf) == "Measure for longer: make load DURATION=5m."  # it may be chance
    assert measure_longer(lasted, math.inf).startswith("Make it faster, or change its limit")
    assert minutes_more(more(10_000, 1.0, "CHAT ping")) == math.inf and not more(0, 1.0, "CHAT ping")


def test_a_wide_interval_of_bunched_samples_says_why_it_is_wide(tmp_path: Path) -> None:
    rows, units = builders.healthy()
    times = np.full(300, 12.0)
    times[100:116] = 400.0  # one bunch, 5 % of all
    rows["CHAT ping"] = rows["CHAT echo"] = times
    found = judge_folder(builders.write_run(tmp_path / "run", rows, units)).result
    verdict = next(one for one in found.verdicts if one.id == "websocket_latency_p95")
    assert verdict.outcome == "warning" and verdict.n_eff is not None and verdict.n_eff < 150
    assert f"so 300 samples say as much as {round(verdict.n_eff)} independent ones" in verdict.reason
