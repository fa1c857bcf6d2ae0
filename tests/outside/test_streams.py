"""Longer loads of backends that stream over HTTP: workers, and an independent client next to a run."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.simulated_provider import provider

pytestmark = pytest.mark.outside
TIMES = ("--first-token", "120ms", "--gap", "12ms", "--length", "25")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with provider(*TIMES) as url:
        yield url


def command(*words: str, reports: Path) -> list[str]:
    return [sys.executable, "-m", "reznet_load", *words, "--model", "m", "--reports", str(reports)]


def result_of(reports: Path) -> dict:
    return json.loads(sorted(reports.rglob("result.json"))[-1].read_text())


def test_workers_ask_like_one_process(address: str, tmp_path: Path) -> None:
    words = ("distributed", "--host", address, "--users", "20", "--duration", "15s", "--ramp", "2s", "--workers", "2")
    done = subprocess.run(command(*words, reports=tmp_path), capture_output=True, text=True, timeout=120)
    result = result_of(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = {row["key"]: row for row in result["rows"] if row["phase"] == "steady"}
    assert result["info"]["workers"] == 2 and rows["CHAT agent turn"]["count"] > 50
    assert rows["CHAT agent turn"]["failures"] == 0 and 100 < rows["CHAT first token"]["mean"] < 180


def asked_alone(address: str, seconds: float) -> dict[str, float]:
    """Mean ms of the first token, the gaps and whole replies, by the standard library's client with blocking reads."""
    host = address.removeprefix("http://")
    first: list[float] = []
    gaps: list[float] = []
    whole: list[float] = []
    question = json.dumps({"model": "m", "stream": True, "messages": [{"role": "user", "content": "hello"}]})
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        connection = HTTPConnection(host, timeout=30)
        connection.connect()
        began = last = time.perf_counter()
        connection.request("POST", "/v1/chat/completions", question, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        seen = 0
        while line := answer.fp and answer.readline():
            now = time.perf_counter()
            if b'"finish_reason": "stop"' in line:
                whole.append(now - began)
            elif line.startswith(b"data: {") and b'"content": "' in line and b'"content": ""' not in line:
                (gaps if seen else first).append(now - (last if seen else began))
                last, seen = now, seen + 1
        connection.close()
    return {name: 1000 * statistics.fmean(one) for name, one in {"first": first, "gap": gaps, "whole": whole}.items()}


def test_an_independent_client_next_to_a_run_sees_the_same_times(address: str, tmp_path: Path) -> None:
    # The same replies for both: of one length, and constant times.
    with provider(*TIMES, "--shape", "constant", "--length-spread", "0") as steady:
        words = ("load", "--host", steady, "--users", "20", "--duration", "20s", "--ramp", "2s")
        with ThreadPoolExecutor(4) as pool:
            run = subprocess.Popen(command(*words, reports=tmp_path), stdout=subprocess.DEVNULL)
            time.sleep(8)  # imports, the first question, the ramp
            alone = list(pool.map(lambda _: asked_alone(steady, 12), range(3)))
            assert run.wait(60) == 0
    rows = {row["key"]: row for row in result_of(tmp_path)["rows"] if row["phase"] == "steady"}
    for name, key in (("first", "CHAT first token"), ("gap", "CHAT chunk gap"), ("whole", "CHAT agent turn")):
        theirs = statistics.fmean(one[name] for one in alone)
        assert rows[key]["mean"] == pytest.approx(theirs, rel=0.05), (name, theirs, rows[key]["mean"])
