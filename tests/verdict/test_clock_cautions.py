"""What the reader is shown about clocks that were set or drifted, and how workers' samples are placed then."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from reznet_load.core.kept.samples import SampleFile
from reznet_load.core.measured.ledger import Ledger
from reznet_load.core.rows import CLOCK_STEP
from reznet_load.result.assemble import assemble
from reznet_load.verdict.clock_cautions import clock_cautions
from reznet_load.verdict.samples import on_masters_clock, read
from tests import builders
from tests.builders import ORIGIN


def with_steps(folder: Path, *steps: tuple[str, float, float]) -> Path:
    """A healthy run in which (process, s after the first user, s) were seen."""
    rows, units = builders.healthy()
    builders.write_run(folder, rows, units)
    ledgers: dict[str, Ledger] = {}
    for process, at, size in steps:
        ledgers.setdefault(process, Ledger()).add(
            CLOCK_STEP.kind, CLOCK_STEP.name, CLOCK_STEP.unit, size * 1000, ORIGIN + at
        )
    for process, ledger in ledgers.items():
        SampleFile(folder, process).add(*ledger.take())
    return folder


@pytest.mark.parametrize(
    ("size", "said"),
    [(3600.0, "+1h"), (-3600.0, "−1h"), (30.0, "+30s"), (-30.0, "−30s"), (-5.0, "−5s"), (0.06, "+60ms")],
)
def test_a_step_is_a_caution_with_its_size_and_nothing_else_changes(tmp_path: Path, size: float, said: str) -> None:
    plain = assemble(with_steps(tmp_path / "a"))
    stepped = assemble(with_steps(tmp_path / "b", ("w1", 21.0, size)))
    (caution,) = [c for c in stepped.cautions if c.id == "clock_step"]
    assert f"{said} 21s after the first user came" in caution.text and not caution.void
    assert (stepped.outcome, stepped.verdicts) == (plain.outcome, plain.verdicts)


def test_one_step_seen_by_all_processes_of_a_machine_is_one(tmp_path: Path) -> None:
    found = assemble(with_steps(tmp_path, ("w1", 21.0, 5.0), ("w2", 21.7, 5.001), ("w3", 20.9, 5.0), ("w1", 40, -5.0)))
    (caution,) = [c for c in found.cautions if c.id == "clock_step"]
    assert caution.text.count("+5s") == 1 and caution.text.count("−5s") == 1


def test_a_clock_that_jumped_is_named_and_one_that_drifts_is_not() -> None:
    info = replace(
        builders.info(),
        clock_readings={"w1": [[ORIGIN, 3.0], [ORIGIN + 300, 3.01]], "w2": [[ORIGIN, 0.0], [ORIGIN + 300, -9.2]]},
    )
    (caution,) = clock_cautions(info, {})
    assert caution.id == "clock_moved_w2" and "−9.2s" in caution.text and not caution.void


def test_samples_of_a_worker_follow_its_clock_between_two_readings() -> None:
    info = replace(
        builders.info(), clock_readings={"w1": [[1000.0, 2.0], [1100.0, 3.0]]}, clock_offsets={"w1": 99.0, "w2": 7.0}
    )
    assert on_masters_clock(info, "w1", np.array([900.0, 1000, 1050, 1100, 1300])).tolist() == [
        898,
        998,
        1047.5,
        1097,
        1297,
    ]
    assert on_masters_clock(info, "w2", np.array([10.0])).tolist() == [3.0]  # a run of an earlier version
    assert on_masters_clock(info, "local", np.array([10.0])).tolist() == [10.0]


def test_old_run_folders_are_read_as_before(tmp_path: Path) -> None:
    rows, units = builders.healthy()
    folder = builders.write_run(tmp_path, rows, units, builders.info())
    assert read(folder, builders.info()) and not {c.id for c in assemble(folder).cautions} & {"clock_step"}
