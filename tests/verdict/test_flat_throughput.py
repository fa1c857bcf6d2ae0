"""Throughput that stagnates, and other possible explanations."""

from __future__ import annotations

from typing import Any

import pytest

from reznet_load.core.measured.measurement import Row
from reznet_load.core.phases.steps import Step
from reznet_load.core.profile import STEADY, STEP
from reznet_load.verdict.diagnosis.flat_throughput import flat_throughput
from tests.builders import info

USERS, TURNS, FLIGHT = (100, 124, 141, 200), (6.7, 8.08, 7.99, 8.09), (7.0, 13.5, 39.2, 56.0)


def steps(turns: tuple[float, ...] = TURNS, seconds: float = 12.5, part: str = STEP) -> tuple[Step, ...]:
    """The first passes."""
    return tuple(
        Step(f"step {n}", part, n, seconds, "pass" if n == 100 else "fail", "", n, n, n, n, rate, 900.0, 0.0)
        for n, rate in zip(USERS, turns, strict=True)
    )


def rows(flight: tuple[float, ...] = FLIGHT, **means: float) -> tuple[Row, ...]:
    """Gauges of each step: `target_cpu=42.0` is GAUGE target cpu."""
    found = [
        Row(key=f"GAUGE {name.replace('_', ' ')}", phase=f"step {n}", unit="%", count=12, mean=mean)
        for n in USERS
        for name, mean in means.items()
    ]
    pairs = zip(USERS, flight, strict=True)
    return (
        *found,
        *(Row(key="GAUGE turns in flight", phase=f"step {n}", unit="count", count=9, mean=m) for n, m in pairs),
    )


IDLE: dict[str, Any] = {"target_cpu": 42.0, "postgres_cpu": 6.0, "database_connections": 10.0}


def test_flat_throughput_without_a_resource_at_its_limit_is_reported_with_numbers() -> None:
    said = flat_throughput(steps(), rows(**IDLE), info())
    assert said.startswith(
        "Replies end at 7.99/s to 8.09/s from 124 to 200 users, and turns in flight rise from 14 to 56"
    )
    assert "CPU is at 42.0 % of a core at most, PostgreSQL's at 6.0 %" in said and "Evidence, not proof" in said


@pytest.mark.parametrize(
    "change",
    [
        {"target_cpu": 85.0}, {"postgres_cpu": 90.0}, {"redis_cpu": 75.0}, {"waiting_for_a_core": 30.0},
        {"database_connections_active": 5.0, "database_idle_in_transaction": 4.0},
    ],
)  # fmt: skip
def test_a_resource_near_its_limit_may_be_the_reason(change: dict[str, float]) -> None:
    assert flat_throughput(steps(), rows(**(IDLE | change)), info()) == ""


@pytest.mark.parametrize(
    ("held", "flight"),
    [
        (steps((6.7, 8.1, 9.0, 13.0)), FLIGHT),  # it grows
        (steps((6.7, 7.0, 7.4, 8.09)), FLIGHT),  # in small steps too
        (steps(seconds=5.0), FLIGHT),  # too few replies
        (steps(part=STEADY), FLIGHT),  # no search
        (steps()[:2], FLIGHT),  # a single step cannot stagnate
        (steps(), (7.0, 13.5, 15.0, 18.0)),  # users who ask less often, and wait for nothing
    ],
)
def test_growing_or_uncertain_throughput_is_not_reported(held: tuple[Step, ...], flight: tuple[float, ...]) -> None:
    assert flat_throughput(held, rows(flight, **IDLE), info()) == ""


def test_without_the_targets_cpu_nothing_is_reported_and_a_queued_pool_may_be_the_reason() -> None:
    assert flat_throughput(steps(), rows(postgres_cpu=6.0), info()) == ""
    pool = {"requests_num": 900, "requests_queued": 400}
    assert flat_throughput(steps(), rows(**IDLE), info(probes={"after": {"postgres": {"pool": pool}}})) == ""
