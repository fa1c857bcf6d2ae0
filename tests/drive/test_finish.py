"""When a run counts as measured: its phases began, and it has a sample of users."""

from __future__ import annotations

from pathlib import Path

from reznet_load.core import folder as run_folder
from reznet_load.drive.finish import measured
from tests import builders


def test_samples_of_the_generator_alone_make_no_run(tmp_path: Path) -> None:
    folder = builders.write_run(tmp_path / "run", *builders.healthy())
    assert measured(folder)
    run_folder.write_info(folder, builders.info(origin=None))  # refused in its set-up, which took more than a second
    assert not measured(folder)


def test_phases_without_a_sample_make_no_run(tmp_path: Path) -> None:
    folder = builders.write_run(tmp_path / "run", *builders.healthy())
    for path in (folder / run_folder.SAMPLES).glob("*.bin"):
        path.write_bytes(b"")
    assert not measured(folder)
