"""Damaged sample files of old runs: shifted records are never read silently."""

from __future__ import annotations

from pathlib import Path

import pytest

from reznet_load.core.measured.measurement import RECORD
from reznet_load.result.assemble import assemble
from tests import builders


def torn(folder: Path, at: int, cut: int) -> Path:
    """A healthy run whose file lost `cut` bytes of record `at`."""
    rows, units = builders.healthy()
    builders.write_run(folder, rows, units)
    path = folder / "samples" / "local.bin"
    packed = path.read_bytes()
    middle = at * RECORD.size
    path.write_bytes(packed[: middle + RECORD.size - cut] + packed[middle + RECORD.size :])
    return folder


@pytest.mark.parametrize("cut", range(1, RECORD.size))
def test_records_behind_a_torn_one_void_the_run_with_their_number(tmp_path: Path, cut: int) -> None:
    result = assemble(torn(tmp_path, 100, cut))
    (caution,) = [c for c in result.cautions if c.id == "samples_unreadable"]
    assert result.outcome == "void" and caution.void and "local.bin" in caution.text


def test_a_torn_end_is_ignored_and_reported(tmp_path: Path) -> None:
    rows, units = builders.healthy()
    whole = assemble(builders.write_run(tmp_path / "a", rows, units))
    folder = builders.write_run(tmp_path / "b", rows, units)
    with (folder / "samples" / "local.bin").open("ab") as file:
        file.write(b"\1" * 7)
    result = assemble(folder)
    (caution,) = [c for c in result.cautions if c.id == "samples_torn"]
    assert "7 bytes of local.bin" in caution.text and not caution.void
    assert (result.outcome, result.verdicts) == (whole.outcome, whole.verdicts)


def test_a_whole_file_is_not_suspected(tmp_path: Path) -> None:
    rows, units = builders.healthy()
    result = assemble(builders.write_run(tmp_path, rows, units))
    assert not [c.id for c in result.cautions if c.id.startswith("samples_")]
