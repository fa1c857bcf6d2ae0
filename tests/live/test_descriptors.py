"""Runs with too few open files: refused before the first user with a number, or void if they run out during the run."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.live.stack import end, environment, start, target

pytestmark = pytest.mark.matrix


@pytest.fixture(scope="module")
def flaky() -> Iterator[str]:
    """A target that closes sockets after 6 to 12 s: users open new ones."""
    with target("--fault", "dropped-sockets") as ready:
        yield ready["url"]


@pytest.mark.parametrize(("limit", "needs"), [(64, "needs 122"), (110, "needs 122")])
def test_a_plan_that_needs_more_descriptors_is_refused_with_the_number(
    tmp_path: Path, flaky: str, limit: int, needs: str
) -> None:
    command = (
        f"ulimit -n {limit}; exec {sys.executable} -m reznet_load load --users 50 --duration 5s --reports {tmp_path}"
    )
    ran = subprocess.run(["sh", "-c", command], env=environment(HOST=flaky), capture_output=True, text=True, timeout=60)
    assert ran.returncode == 2, ran.stdout + ran.stderr
    assert needs in ran.stderr and "ulimit -n 122" in ran.stderr and "Traceback" not in ran.stderr
    assert not list(tmp_path.rglob("run.json"))


def test_the_embedded_target_is_counted_too(tmp_path: Path) -> None:
    command = f"ulimit -n 150; exec {sys.executable} -m reznet_load load --reports {tmp_path}"
    ran = subprocess.run(["sh", "-c", command], env=environment(), capture_output=True, text=True, timeout=60)
    assert ran.returncode == 2 and "the embedded target needs 270" in ran.stderr, ran.stdout + ran.stderr


def generator(process: subprocess.Popen[str]) -> psutil.Process:
    """Locust, below the command."""
    return next(
        one for one in psutil.Process(process.pid).children(recursive=True) if "locustfiles" in " ".join(one.cmdline())
    )


def test_running_out_of_descriptors_during_a_run_voids_it_with_the_reason(tmp_path: Path, flaky: str) -> None:
    process = start(tmp_path, "load", "--users", "12", "--duration", "14s", "--ramp", "2s", HOST=flaky)
    deadline = time.monotonic() + 60
    while not any(path.stat().st_size > 8_000 for path in tmp_path.rglob("samples/local.bin")):
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.1)
    locust = generator(process)
    _, hard = resource.prlimit(locust.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(locust.pid, resource.RLIMIT_NOFILE, (3, hard))  # no new one from now on
    ran = end(process, tmp_path, 120)
    assert ran.code == 3, ran.output
    (caution,) = [one for one in ran.result["cautions"] if one["id"] == "generator_resources"]
    assert caution["void"] and "Too many open files" in caution["text"] and "ulimit -n" in caution["remedy"]
    assert ran.result["info"]["ended"] and ran.row("GAUGE users")["count"] >= 12
