"""Runs whose disk is full: for some seconds in the middle, to the end, and before the first user."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.live.stack import Ran, end, start, target

pytestmark = pytest.mark.matrix

LIMIT = 120.0


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own for reports, 24 MB; needs the right to mount one."""
    home = tmp_path / "disk"
    home.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(home)], capture_output=True, text=True
    )
    if mounted.returncode:
        pytest.skip(f"no disk can be mounted here: {mounted.stderr.strip()}")
    try:
        yield home
    finally:
        subprocess.run(["umount", "-l", str(home)], check=True)


def fill(disk: Path) -> Path:
    """A file that leaves no byte free."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))
    return filler


@contextmanager
def running(disk: Path, *words: str, seconds: str = "14s") -> Iterator[tuple[subprocess.Popen[str], list[Ran]]]:
    """A run against a target whose every fifth GET /api/channels answers 500, waited for at the end of the block."""
    ended: list[Ran] = []
    with target("--fault", "server-errors") as ready:
        process = start(disk, "load", "--users", "12", "--duration", seconds, "--ramp", "2s", *words, HOST=ready["url"])
        try:
            yield process, ended
        finally:
            ended.append(end(process, disk, LIMIT))


def begun(disk: Path) -> None:
    """Wait until samples are being written."""
    deadline = time.monotonic() + 60
    while not any(path.stat().st_size > 4000 for path in disk.rglob("samples/local.bin")):
        assert time.monotonic() < deadline, "no samples within a minute"
        time.sleep(0.1)


def test_a_disk_that_is_full_for_three_seconds_loses_nothing(small_disk: Path) -> None:
    with running(small_disk) as (_, ended):
        begun(small_disk)
        filler = fill(small_disk)
        time.sleep(3.0)
        filler.unlink()
    (ran,) = ended
    assert ran.code == 1, ran.output
    row = ran.row("GET /api/channels")
    assert 15 <= 100 * row["failures"] / (row["count"] + row["failures"]) <= 25
    sums = ran.result["cautions"]
    assert not [caution for caution in sums if caution["id"].startswith("samples_") or caution["void"]], sums
    gauges = ran.row("GAUGE users")
    assert gauges["count"] >= 13  # each second of the steady phase, those of the full disk too
    assert ran.result["info"]["ended"]


@pytest.mark.outside  # with the long ones: nightly
def test_a_disk_that_stays_full_voids_the_run_with_the_reason(small_disk: Path) -> None:
    with running(small_disk, seconds="8s") as (_, ended):
        begun(small_disk)
        fill(small_disk)
    (ran,) = ended
    assert ran.code == 3, ran.output
    assert "measurements were lost" in ran.output and "No space left on device" in ran.output
    assert "Traceback" not in ran.output and "reznet-load report" in ran.output


def test_a_full_disk_before_the_first_user_is_one_sentence_and_exit_2(small_disk: Path) -> None:
    fill(small_disk)
    with running(small_disk) as (_, ended):
        pass
    (ran,) = ended
    assert ran.code == 2 and "No space left on device" in ran.output and "Traceback" not in ran.output, ran.output
