"""Workers as on other machines: started by hand, with and without options, stopped for a while, joining late."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from reznet_load.core.system.machine import free_port
from tests.live.stack import ROOT, end, environment, start, target


@pytest.fixture(scope="module")
def host() -> Iterator[str]:
    with target() as ready:
        yield ready["url"]


class Party:
    """A master and its workers, plain Locust each."""

    def __init__(self, scenario: str = "load") -> None:
        self.port = free_port()
        self._scenario = str(ROOT / "locustfiles" / f"{scenario}.py")
        self.processes: list[subprocess.Popen[str]] = []

    def add(self, *words: str) -> subprocess.Popen[str]:
        """One process."""
        process = subprocess.Popen(
            [sys.executable, "-m", "locust", "-f", self._scenario, *words], env=environment(PYTHONUNBUFFERED="1"),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
        )  # fmt: skip
        self.processes.append(process)
        return process

    def master(self, *words: str) -> subprocess.Popen[str]:
        return self.add("--master", "--master-bind-port", str(self.port), "--headless", *words)

    def worker(self, *words: str) -> subprocess.Popen[str]:
        return self.add("--worker", "--master-port", str(self.port), *words)


@contextmanager
def party() -> Iterator[Party]:
    found = Party()
    try:
        yield found
    finally:
        for process in found.processes:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate(timeout=20)


def said(process: subprocess.Popen[str], seconds: float = 90) -> str:
    output, _ = process.communicate(timeout=seconds)
    return output


def result(reports: Path) -> dict[str, Any]:
    (found,) = [path for path in reports.rglob("result.json") if not path.parent.is_symlink()]
    return json.loads(found.read_text())


def wait_for_samples(reports: Path, least: int = 4000) -> None:
    deadline = time.monotonic() + 60
    while not any(path.stat().st_size > least for path in reports.rglob("samples/*.bin") if path.name != "master.bin"):
        assert time.monotonic() < deadline, "no samples"
        time.sleep(0.1)


def given(host: str, reports: Path, seconds: int = 12, workers: int = 1) -> list[str]:
    return [
        "--host", host, "--users", "8", "--run-time", f"{seconds}s", "--spawn-rate", "8", "--no-probes", "--expect-workers",
        str(workers), "--reports", str(reports),
    ]  # fmt: skip


def test_options_given_to_the_master_alone_reach_its_workers(tmp_path: Path, host: str) -> None:
    prompts = tmp_path / "prompts.txt"
    prompts.write_text("What is only here?\n")
    with party() as here:
        more = ["--think", "chat=0.5", "--mix", "0:4:4", "--header", "X-Only: here", "--prompts", str(prompts)]
        master = here.master(*given(host, tmp_path / "r"), *more)
        worker = here.worker()
        output = said(master)
    found = result(tmp_path / "r")
    assert found["outcome"] in ("pass", "warning", "unjudged"), output + said(worker)
    rows = {row["key"]: row["count"] for row in found["rows"] if row["phase"] == "steady"}
    assert "GET /health" not in rows and rows["CHAT echo"] >= 4 * 12 / 0.5 * 0.6
    operations = next(path for path in (tmp_path / "r").rglob("operations.jsonl")).read_text()
    assert "What is only here?" in operations or rows["CHAT agent turn"] > 0


@pytest.mark.parametrize(
    ("words", "why"), [(("--think", "chat=9"), "--think"), (("--header", "X-Own: geheim"), "--header")]
)
def test_an_option_of_a_worker_that_differs_ends_both_with_the_reason(
    tmp_path: Path, host: str, words: tuple[str, ...], why: str
) -> None:
    with party() as here:
        master = here.master(*given(host, tmp_path))
        worker = here.worker(*words)
        there, output = said(worker), said(master)
    assert (master.returncode, worker.returncode) == (2, 2), output + there
    assert why in output and why in there and "geheim" not in output + there


def test_other_classes_of_users_are_refused_with_both(tmp_path: Path, host: str) -> None:
    own = tmp_path / "own.py"
    own.write_text(
        "from reznet_load.core.profile import Plan, steady\nfrom reznet_load.load.scenario import scenario\n"
        "from reznet_load.users.rest import RestUser\n"
        "Shape = scenario('load', Plan(steady, users=8, duration=9, ramp=1), [RestUser])\n"
    )
    with party() as here:
        master = here.master(*given(host, tmp_path))
        worker = here.add("-f", str(own), "--worker", "--master-port", str(here.port))
        there, output = said(worker), said(master)
    assert master.returncode == 2 and "RestUser there" in output, output + there


def test_a_worker_that_joins_in_mid_run_is_refused_with_its_reason_and_nothing_changes(
    tmp_path: Path, host: str
) -> None:
    with party() as here:
        master = here.master(*given(host, tmp_path))
        here.worker()
        wait_for_samples(tmp_path)
        late = here.worker()
        there, output = said(late), said(master)
    assert late.returncode == 2 and "the run is on" in there, there
    assert master.returncode in (0, 3) and "is refused: the run is on" in output, output
    found = result(tmp_path)  # void where the start of a process more took the generator's cores, and for nothing else
    assert found["info"]["workers"] == 1
    assert not {one["id"] for one in found["cautions"]} & {"too_few_users", "too_many_users", "user_exceptions"}


@pytest.mark.parametrize("seconds", [6.0])
def test_a_worker_that_is_stopped_is_named_with_its_users_and_for_how_long(
    tmp_path: Path, host: str, seconds: float
) -> None:
    process = start(tmp_path, "load", "--users", "12", "--duration", "20s", "--ramp", "2s", "--workers", "2", HOST=host)
    wait_for_samples(tmp_path)
    children = psutil.Process(process.pid).children(recursive=True)
    worker = next(one for one in children if "--worker" in one.cmdline())
    worker.suspend()
    time.sleep(seconds)
    worker.resume()
    ran = end(process, tmp_path, 120)
    assert ran.code == 3, ran.output
    (caution,) = [one for one in ran.result["cautions"] if one["id"].startswith("stood_still_")]
    assert caution["void"] and re.search(r"with its 6 users stood still for (5\.9|6)", caution["text"]), caution
    assert not [
        one for one in ran.result["cautions"] if "WORKERS=" in one["remedy"] or "blocking call" in one["remedy"]
    ]
