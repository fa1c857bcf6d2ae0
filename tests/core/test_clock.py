"""The run's clock: one for all processes of a machine, unaffected by steps of the wall clock."""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from reznet_load.core.system import clock

PACKAGE = Path(clock.__file__).parent.parent.parent
# Where the wall clock belongs: names and times that others read (HTTP, files, other runs' channels).
WALL = {
    "core/system/clock.py": "the anchor itself",
    "deployment/channels.py": "a time that another run compares with its own",
    "load/channels.py": "the same",
    "suite/suite.py": "the same",
    "result/standing.py": "times of files",
    "target/provider.py": "a field of a provider's answer",
}


def in_another_process(expression: str, **environ: str) -> str:
    script = f"import time; from reznet_load.core.system import clock; print({expression})"
    ran = subprocess.run(
        [sys.executable, "-c", script], env=os.environ | environ, capture_output=True, text=True, timeout=30, check=True
    )
    return ran.stdout.strip()


def test_processes_of_one_machine_agree_to_a_millisecond() -> None:
    anchor = os.environ[clock.ENVIRONMENT]
    before = clock.now()
    there = float(in_another_process("clock.now()"))
    assert before <= there <= clock.now()
    assert in_another_process("clock.anchor_data()['wall']", **{clock.ENVIRONMENT: anchor}) == anchor.split()[0]


@pytest.mark.parametrize("anchor", ["", "nonsense", "1.0", "1.0 2.0 another-boot time:[4]", "x y z", "1e400"])
def test_an_anchor_of_another_machine_is_not_used(anchor: str) -> None:
    found = float(in_another_process("clock.now() - time.time()", **{clock.ENVIRONMENT: anchor}))
    assert abs(found) < 0.05


def test_a_process_that_starts_after_a_step_has_the_times_of_its_run() -> None:
    """The anchor says 1000 s since the epoch; the run continues from there, whatever the wall clock shows."""
    anchor = f"1000.0 {clock.monotonic()!r} {clock.machine_clock()}"
    assert 1000 <= float(in_another_process("clock.now()", **{clock.ENVIRONMENT: anchor})) < 1030


def test_a_run_of_this_machine_uses_its_own_clock_and_any_other_the_wall_clock() -> None:
    data = clock.anchor_data()
    assert abs(clock.now_of(data | {"wall": data["wall"] - 500}) - (clock.now() - 500)) < 0.01
    for odd in ({}, {"machine": "another", "wall": 5, "monotonic": 5}, {"machine": 1}, data | {"wall": "x"}):
        assert abs(clock.now_of(odd) - time.time()) < 0.05


class Clocks:
    """A monotonic clock, and a wall clock that is set now and then; reading takes some time."""

    def __init__(self, pause: float = 1e-6) -> None:
        self.counted, self.ahead, self.pause = 100.0, 1.7e9, pause

    def monotonic(self) -> float:
        self.counted += self.pause
        return self.counted

    def wall(self) -> float:
        return self.monotonic() + self.ahead


@pytest.mark.parametrize("step", [3600.0, -3600.0, 30.0, -30.0, -5.0, 0.06, -0.06])
def test_a_clock_step_is_detected_once_with_its_size(step: float) -> None:
    clocks = Clocks()
    watch = clock.StepWatch(clocks.wall, clocks.monotonic)
    assert watch.look() == 0.0
    clocks.ahead += step
    assert watch.look() == pytest.approx(step, abs=1e-3)
    assert [watch.look() for _ in range(3)] == [0.0] * 3


def test_slewing_and_slow_readings_are_not_clock_steps() -> None:
    clocks = Clocks()
    watch = clock.StepWatch(clocks.wall, clocks.monotonic)
    clocks.ahead += 0.04
    assert watch.look() == 0.0
    clocks.pause = 0.5  # this process never gets two readings close to each other
    clocks.ahead += 9.0
    assert watch.look() == 0.0
    clocks.pause = 1e-6
    assert watch.look() == pytest.approx(9.04, abs=1e-3)  # and what happened meanwhile shows afterwards


def test_many_small_steps_add_up() -> None:
    clocks, rng = Clocks(), random.Random(3)
    watch, seen, moved = clock.StepWatch(clocks.wall, clocks.monotonic), 0.0, 0.0
    for _ in range(200):
        step = rng.uniform(0, 0.02)
        clocks.ahead, moved = clocks.ahead + step, moved + step
        seen += watch.look()
    assert seen == pytest.approx(moved, abs=clock.STEP_SECONDS)


def test_the_wall_clock_is_used_only_for_names() -> None:
    found = {
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        if re.search(r"\btime\.time\b|\bimport time_ns|time_ns\(", path.read_text())
    }
    assert found == set(WALL)
