"""Runs during which the wall clock of every process is set: nothing is lost, nothing ends early, and it is reported."""

from __future__ import annotations

import shutil
import struct
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.stack import Ran, end, start, target

pytestmark = pytest.mark.matrix

SOURCE = Path(__file__).parent / "shift_clock.c"
SECONDS = 12


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The LD_PRELOAD library: CLOCKSHIFT_FILE holds a double, seconds that are added to the wall clock."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler is here to build the library that sets the clock")
    made = tmp_path_factory.mktemp("clock") / "shift_clock.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-o", str(made), str(SOURCE), "-ldl"], check=True)
    return made


@pytest.fixture(scope="module")
def deployment() -> Iterator[str]:
    """A target whose own clock is not changed."""
    with target() as ready:
        yield ready["url"]


def shifted(home: Path, library: Path, host: str, seconds: float, *words: str) -> Ran:
    """A run whose processes see the wall clock set by `seconds` in the middle of its steady phase."""
    shift = home / "shift"
    shift.write_bytes(struct.pack("<d", 0.0))
    process = start(
        home, "load", "--users", "12", "--duration", f"{SECONDS}s", "--ramp", "2s", *words,
        HOST=host, LD_PRELOAD=str(library), CLOCKSHIFT_FILE=str(shift),
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while not any(path.stat().st_size > 8_000 for path in home.rglob("samples/*.bin")):
        assert time.monotonic() < deadline and process.poll() is None, "no samples"
        time.sleep(0.1)
    with shift.open("r+b") as file:
        file.write(struct.pack("<d", seconds))
    return end(process, home, 120)


def total(ran: Ran) -> int:
    """Judged echoes, pings and REST calls."""
    judged = [row for row in ran.result["rows"] if row["phase"] == "steady" and row["key"].startswith(("GET", "CHAT"))]
    return sum(row["count"] + row["failures"] for row in judged if row["key"] != "CHAT chunk gap")


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory, library: Path, deployment: str) -> Ran:
    """The same run without a change of the clock."""
    return shifted(tmp_path_factory.mktemp("plain"), library, deployment, 0.0)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (3600.0, "+1h"),
        (-3600.0, "−1h"),
        pytest.param(30.0, "+30s", marks=pytest.mark.outside),
        pytest.param(-30.0, "−30s", marks=pytest.mark.outside),
        pytest.param(-5.0, "−5s", marks=pytest.mark.outside),
    ],
)
def test_a_run_in_which_the_clock_is_set_counts_as_much_as_one_without(
    tmp_path: Path, library: Path, deployment: str, plain: Ran, seconds: float, said: str
) -> None:
    ran = shifted(tmp_path, library, deployment, seconds)
    assert (ran.code, ran.result["outcome"]) == (plain.code, plain.result["outcome"]), ran.output
    assert total(ran) == pytest.approx(total(plain), rel=0.15)
    (caution,) = [one for one in ran.result["cautions"] if one["id"] == "clock_step"]
    assert said in caution["text"] and not caution["void"]
    assert not [one for one in plain.result["cautions"] if one["id"] == "clock_step"]
    assert ran.row("GAUGE users")["count"] >= SECONDS - 1  # no second of the steady phase is missing
    assert ran.row("GAUGE users")["minimum"] == 12


@pytest.mark.outside  # with the long ones: nightly
def test_workers_follow_the_clock_of_their_run(tmp_path: Path, library: Path, deployment: str) -> None:
    ran = shifted(tmp_path, library, deployment, -5.0, "--workers", "2")
    assert ran.code == 0, ran.output
    ids = {one["id"] for one in ran.result["cautions"]}
    assert "clock_step" in ids and not [one for one in ran.result["cautions"] if one["void"]]
    assert all(abs(ahead) < 0.05 for ahead in ran.result["info"]["clock_offsets"].values())
