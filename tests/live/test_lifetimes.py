"""Processes that are killed: everything a run started ends with it, and a closed terminal acts like SIGTERM."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from reznet_load.core.system.machine import free_port
from tests.live.stack import ROOT, end, environment, start, target

pytestmark = pytest.mark.matrix


@pytest.fixture(scope="module")
def host() -> Iterator[str]:
    with target() as ready:
        yield ready["url"]


def wait_for_samples(reports: Path, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 60
    while not any(path.stat().st_size > 4000 for path in reports.rglob("samples/*.bin")):
        assert time.monotonic() < deadline and process.poll() is None, "no samples"
        time.sleep(0.1)


def left(processes: list[psutil.Process], seconds: float) -> list[str]:
    """Who of them still runs after `seconds` at the most."""
    _, alive = psutil.wait_procs(processes, timeout=seconds)
    return [" ".join(one.cmdline()) for one in alive if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]


@pytest.mark.parametrize("words", [(), ("--workers", "2")], ids=["alone", "workers"])
def test_a_command_that_is_killed_leaves_no_load_behind(tmp_path: Path, host: str, words: tuple[str, ...]) -> None:
    process = start(tmp_path, "load", "--users", "8", "--duration", "300s", "--ramp", "2s", *words, HOST=host)
    wait_for_samples(tmp_path, process)
    children = psutil.Process(process.pid).children(recursive=True)
    assert len(children) >= 3  # Locust, its probes, its calibration
    process.kill()
    process.communicate(timeout=60)
    assert left(children, 30) == []


def test_the_embedded_target_ends_with_its_command_too(tmp_path: Path) -> None:
    process = start(tmp_path, "load", "--users", "4", "--duration", "300s", "--ramp", "1s")
    wait_for_samples(tmp_path, process)
    children = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.communicate(timeout=60)
    assert left(children, 30) == []


def test_a_closed_terminal_is_a_sigterm(tmp_path: Path, host: str) -> None:
    process = start(tmp_path, "load", "--users", "8", "--duration", "300s", "--ramp", "2s", HOST=host)
    wait_for_samples(tmp_path, process)
    process.send_signal(signal.SIGHUP)
    ran = end(process, tmp_path, 60)
    assert ran.code == 130 and ran.result["outcome"] == "interrupted", ran.output
    assert "removed" in json.loads((ran.folder / "run.json").read_text())["notes"]["clean-up"]  # type: ignore[operator]


def locust(*words: str, **environ: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "locust", "-f", str(ROOT / "locustfiles" / "load.py"), "--headless", *words]
    return subprocess.Popen(
        command,
        env=environment(**environ),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def test_a_worker_ends_within_ten_seconds_of_a_master_that_was_killed(tmp_path: Path, host: str) -> None:
    """Plain Locust, as on two machines: nothing but the link tells the worker."""
    port = free_port()
    given = ("--host", host, "--users", "8", "--run-time", "300s", "--reports", str(tmp_path), "--no-probes")
    master = locust("--master", "--master-bind-port", str(port), "--expect-workers", "1", *given)
    worker = locust("--worker", "--master-port", str(port), "--no-probes", REZNET_LOAD_OWN="1")
    try:
        wait_for_samples(tmp_path, master)
        began = time.monotonic()
        os.killpg(master.pid, signal.SIGKILL)
        output, _ = worker.communicate(timeout=20)
        assert time.monotonic() - began < 10, output
        assert "the master at 127.0.0.1" in output and "this worker ends" in output
    finally:
        for process in (master, worker):
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate(timeout=10)
