"""Real Locust of four generations against a server with known times: the verdicts agree with the truth on both sides of the limit.

`make check-outside`: each generation is installed from the registry into an environment of its own below REZNET_LOAD_OUTSIDE.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from reznet_load.result.judged import judge_paths
from tests.result.locust.made import block, said

HERE = Path(__file__).resolve().parent
ROOM = os.environ.get("REZNET_LOAD_OUTSIDE", "")
pytestmark = [
    pytest.mark.outside,
    pytest.mark.skipif(not ROOM, reason="installs four Locusts from the registry: make check-outside"),
]


@dataclass(frozen=True, slots=True)
class Generation:
    """A Locust with what it needed in its day; `python`: the last that its wheels were built for, empty: this one."""

    name: str
    packages: tuple[str, ...]
    locustfile: str
    headless: tuple[str, ...]
    python: str = ""


OLD = ("werkzeug<2", "jinja2<3", "markupsafe<2.1", "itsdangerous<2")
NOW = ("--headless", "-u", "8", "-r", "8")
GENERATIONS = (
    Generation("0.14", ("locustio==0.14.6", "greenlet==0.4.15", "flask<2", "msgpack<1.1", "werkzeug<1", *OLD[1:]),
               "locustfile_014.py", ("--no-web", "-c", "8", "-r", "8"), "3.8"),
    Generation("1.6", ("locust==1.6.0", *OLD), "locustfile.py", NOW, "3.8"),
    Generation("2.20", ("locust==2.20.1",), "locustfile.py", NOW),
    Generation("current", ("locust>=2.47,<3",), "locustfile.py", NOW),
)  # fmt: skip

# statistic, limit, row, outcome: what the server's times make true, far enough from the limit for a busy machine.
TRUTH = [
    ("p50", "< 200 ms", "GET /slow", "fail"), ("p50", "< 900 ms", "GET /slow", "pass"), ("p95", "< 250 ms", "GET /slow", "fail"),
    ("p95", "< 2 s", "GET /slow", "pass"), ("mean", "< 200 ms", "GET /slow", "fail"), ("mean", "< 1 s", "GET /slow", "pass"),
    ("p50", "< 20 ms", "GET /quick", "fail"), ("p50", "< 200 ms", "GET /quick", "pass"), ("min", "> 20 ms", "GET /quick", "pass"),
    ("min", "> 200 ms", "GET /quick", "fail"), ("max", "< 200 ms", "GET /slow", "fail"), ("max", "< 60 s", "GET /slow", "pass"),
    ("error_rate", "< 5 %", "GET /flaky", "fail"), ("error_rate", "< 50 %", "GET /flaky", "pass"),
    ("error_rate", "< 5 %", "GET /quick", "pass"),
    ("p95", "< 60 s", "GET /flaky", "fail"),  # one in five failed: no latency is left to judge
    ("throughput", "> 1 /s", "GET /quick", "pass"), ("throughput", "> 10000 /s", "GET /quick", "fail"),
    ("requests", "> 80 requests", "GET /quick", "pass"), ("requests", "> 1000000 requests", "GET /quick", "fail"),
    ("p95", "< 1 s", "GET /nowhere", "pending"), ("p97", "< 60 s", "GET /slow", "pending"),
]  # fmt: skip


def interpreter(version: str) -> str:
    """A Python of that version: by REZNET_LOAD_PYTHON38, on the path, or of pyenv."""
    if not version:
        return sys.executable
    named = os.environ.get(f"REZNET_LOAD_PYTHON{version.replace('.', '')}", "")
    of_pyenv = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python{version}"))
    for found in (named, *map(str, of_pyenv), shutil.which(f"python{version}")):
        if found and subprocess.run([found, "-c", ""], capture_output=True).returncode == 0:
            return found
    pytest.fail(f"no Python {version} is here; install one and name it in REZNET_LOAD_PYTHON{version.replace('.', '')}")


def environment(generation: Generation) -> Path:
    """Its environment, made once."""
    folder = Path(ROOM) / generation.name
    ready = folder / "ready"
    if not ready.exists():
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([interpreter(generation.python), "-m", "venv", str(folder)], check=True, timeout=120)
        subprocess.run(
            [str(folder / "bin" / "pip"), "install", "--quiet", *generation.packages], check=True, timeout=600
        )
        ready.touch()
    return folder


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    server = subprocess.Popen([sys.executable, str(HERE / "server.py")], stdout=subprocess.PIPE, text=True)
    try:
        yield f"http://127.0.0.1:{server.stdout.readline().strip()}"
    finally:
        server.kill()
        server.wait(timeout=10)


@pytest.mark.parametrize("generation", GENERATIONS, ids=lambda one: one.name)
def test_verdicts_on_a_real_locust_agree_with_the_truth(generation: Generation, url: str, tmp_path: Path) -> None:
    words = [
        str(environment(generation) / "bin" / "locust"),
        "-f",
        str(HERE / generation.locustfile),
        *generation.headless,
    ]
    words += ["-t", "12s", "-H", url, "--csv", str(tmp_path / "run"), "--only-summary"]
    alone = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    ended = subprocess.run(words, capture_output=True, text=True, timeout=90, env=alone, cwd=tmp_path)
    assert (tmp_path / "run_stats.csv").exists(), ended.stderr[-2000:]
    (tmp_path / "nfr.toml").write_text("\n".join(block(*one[:3]) for one in TRUTH), encoding="utf-8")
    (run,) = judge_paths([str(tmp_path)])
    assert not run.run.damage, said(run)
    found = [(v.title, nfr[1], v.outcome) for nfr, v in zip(TRUTH, run.verdicts, strict=True)]
    assert found == [(v.title, nfr[1], nfr[3]) for nfr, v in zip(TRUTH, run.verdicts, strict=True)], said(run)
    share = next(one for one in run.run.failed if one.key == "GET /flaky").count
    at = run.run.table.keys.index("GET /flaky")
    assert share == run.run.table.failures[at]
