"""Commands that make a short run long enough, by scenario."""

from __future__ import annotations

import pytest

from reznet_load.core.profile import Phase
from reznet_load.verdict.cautions import cautions
from reznet_load.verdict.remedies import SHORT_SECONDS, longer
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
