"""Workers as on other machines: started by hand, with and without options, stopped for a while, joining late."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from reznet_load.core.system.machine import free_port
from tests.live.stack import ROOT, end, environment, start, target

pytestmark = pytest.mark.matrix


@pytest.fixture(scope="module")
def host() -> Iterator[str]:
    with target() as ready:
        yield ready["url"]


class Link:
    """A TCP connection to `port` that can be cut: nothing passes, and nothing is said of it."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._open = threading.Event()
        self._open.set()
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self, seconds: float) -> None:
        self._open.clear()
        time.sleep(seconds)
        self._open.set()

    def close(self) -> None:
        self._server.close()

    def _accept(self) -> None:
        while True:
            try:
                here, _ = self._server.accept()
                there = socket.create_connection(("127.0.0.1", self._to))
            except OSError:
                return
            for pair in ((here, there), (there, here)):
                threading.Thread(target=self._pass, args=pair, daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket) -> None:
        try:
            while data := source.recv(65_536):
                self._open.wait()
                sink.sendall(data)
        except OSError:
            pass
        finally:
            sink.close()


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

    def worker(self, *words: str, port: int = 0) -> subprocess.Popen[str]:
        return self.add("--worker", "--master-port", str(port or self.port), *words)


@contextmanager
def party(scenario: str = "load") -> Iterator[Party]:
    found = Party(scenario)
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


@pytest.mark.outside  # with the long ones: nightly
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


@pytest.mark.outside  # with the long ones: nightly
def test_a_worker_that_joins_during_a_run_is_refused_with_the_reason(tmp_path: Path, host: str) -> None:
    with party() as here:
        master = here.master(*given(host, tmp_path))
        here.worker()
        wait_for_samples(tmp_path)
        late = here.worker()
        there, output = said(late), said(master)
    assert late.returncode == 2 and "the run has begun" in there, there
    assert master.returncode in (0, 3) and "is refused: the run has begun" in output, output
    found = result(tmp_path)  # void where the start of a process more took the generator's cores, and for nothing else
    assert found["info"]["workers"] == 1
    assert not {one["id"] for one in found["cautions"]} & {"too_few_users", "too_many_users", "user_exceptions"}


@pytest.mark.parametrize("seconds", [6.0])
def test_a_stopped_worker_is_named_with_its_users_and_the_time(tmp_path: Path, host: str, seconds: float) -> None:
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
    others = [one for one in ran.result["cautions"] if one["id"] != "short"]  # its command repeats WORKERS=2
    assert not [one for one in others if "WORKERS=" in one["remedy"] or "blocking call" in one["remedy"]]


@pytest.mark.outside  # with the long ones: nightly
def test_a_worker_disconnected_for_nine_seconds_is_named_with_its_users_and_the_time(tmp_path: Path, host: str) -> None:
    with party() as here:
        master = here.master(*given(host, tmp_path, seconds=22, workers=2))
        link = Link(here.port)
        here.worker()
        here.worker(port=link.port)
        wait_for_samples(tmp_path)
        time.sleep(2.0)
        link.cut(9.0)
        output = said(master)
        link.close()
    found = result(tmp_path)
    assert master.returncode == 3 and found["outcome"] == "void", output
    (caution,) = [one for one in found["cautions"] if one["id"].startswith("worker_away_")]
    assert caution["void"] and re.search(r"with its 4 users was away for (9|1[01])", caution["text"]), caution
    assert not [
        one for one in found["cautions"] if one["id"].startswith("samples_missing")
    ]  # what it kept came afterwards


@pytest.mark.outside  # with the long ones: nightly
def test_in_the_web_ui_a_worker_that_joins_late_is_set_up_and_counts(tmp_path: Path, host: str) -> None:
    with party("web") as here:
        port = free_port()
        web = (
            "--web-port",
            str(port),
            "--host",
            host,
            "--no-probes",
            "--reports",
            str(tmp_path),
            "--header",
            "X-Only: here",
        )
        here.add("--master", "--master-bind-port", str(here.port), *web)
        here.worker()
        form = urllib.parse.urlencode({"user_count": 8, "spawn_rate": 8, "host": host}).encode()
        deadline = time.monotonic() + 40
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/stats/requests", timeout=5) as page:
                    if len(json.load(page)["workers"]) == 1:
                        break
            except OSError:
                pass
            assert time.monotonic() < deadline
            time.sleep(0.2)
        urllib.request.urlopen(f"http://127.0.0.1:{port}/swarm", form, timeout=20).close()
        wait_for_samples(tmp_path)
        here.worker()
        time.sleep(24.0)  # to join, 10 s until the number is steady again, and some to judge
        urllib.request.urlopen(f"http://127.0.0.1:{port}/stop", b"", timeout=60).close()
        deadline = time.monotonic() + 60
        while not list(tmp_path.rglob("result.json")):
            assert time.monotonic() < deadline
            time.sleep(0.2)
        time.sleep(1.0)
    found = result(tmp_path)
    assert found["info"]["workers"] == 2 and len(found["info"]["clock_readings"]) == 2
    names = [
        path
        for path in tmp_path.rglob("samples/*.names.jsonl")
        if "master" not in path.name and "latest" not in path.parts
    ]
    assert len(names) == 2 and all('"loop lag"' in path.read_text() for path in names)  # both watch themselves
    late = max(names, key=lambda path: path.stat().st_ctime)
    assert any(kind in late.read_text() for kind in ('"agent turn"', '"echo"', '"/health"'))  # and both have users
    assert not [row for row in found["rows"] if row["failures"]]
