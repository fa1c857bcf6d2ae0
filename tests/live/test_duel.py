"""A duel of two embedded targets by the real command: 20 users on each side, B 20 % slower."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from reznet_load.core.phases.pairs import SIDES, TOSS_SECONDS
from reznet_load.core.run_files import read_info
from reznet_load.core.system.machine import free_port
from reznet_load.verdict.samples import read
from tests.live.stack import ROOT, environment, start, target

LIMIT = 240


def listening(port: int) -> None:
    """Wait until a server listens there."""
    deadline = time.monotonic() + LIMIT / 4
    while time.monotonic() < deadline:
        with socket.socket() as here:
            if here.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    raise AssertionError(f"nothing listens on {port}")


def fought(reports: Path, words: Sequence[str]) -> tuple[int, str, Path]:
    """(exit code, what was printed, folder) of a duel."""
    command = [
        sys.executable,
        "-m",
        "reznet_load",
        "duel",
        "--users",
        "20",
        "--ramp",
        "5s",
        *words,
        "--reports",
        str(reports),
    ]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=LIMIT, check=False)
    folders = [path for path in reports.glob("*_duel*") if path.is_dir()]
    assert len(folders) == 1, done.stdout + done.stderr
    return done.returncode, done.stdout + done.stderr, folders[0]


@pytest.mark.outside
@pytest.mark.parametrize("workers", [[], ["--workers", "2"]], ids=["one process", "two workers"])
def test_b_is_found_slower_and_nothing_is_left_over(tmp_path: Path, workers: list[str]) -> None:
    code, output, folder = fought(tmp_path, ["--duration", "90s", "--target-b=--process-time 1.2", *workers])
    data = json.loads((folder / "result.json").read_text())
    assert data["outcome"] in ("fail", "void"), output  # void where this machine has no room for both
    assert "Unknown message" not in output  # of a worker to the master
    if data["outcome"] == "fail":
        assert code == 1
        found = {row["row"]: row["change"] for row in data["rows"]}
        assert found["CHAT first token"]["slower"] and 10 < found["CHAT agent turn"]["estimate"] < 35
    for name in SIDES:
        info = read_info(folder / name / "run.json")
        assert info.ended and not info.interrupted
        assert info.notes["clean-up"].startswith("removed 1"), info.notes
    assert not (tmp_path / "history.jsonl").exists() and not (tmp_path / "latest").exists()


@pytest.mark.outside
def test_both_users_of_a_pair_ask_at_the_same_moment(tmp_path: Path) -> None:
    _, output, folder = fought(tmp_path, ["--duration", "30s", "--aa", "--no-probes"])
    a, b = (read(folder / name, read_info(folder / name / "run.json"))["CHAT agent turn"].start for name in SIDES)
    assert abs(len(a) - len(b)) <= 2, output
    near = [min(abs(start - b)) for start in a]
    assert sorted(near)[len(near) // 2] < 0.02 + TOSS_SECONDS


@pytest.mark.outside
@pytest.mark.parametrize(
    ("options", "rows"),
    [
        ("--fault slow-endpoint", {"GET /api/channels"}),
        ("--first-token 800ms", {"CHAT first token", "CHAT agent turn"}),
        ("--gap 40ms", {"CHAT chunk gap", "CHAT agent turn"}),
    ],
)
def test_a_fault_is_found_on_the_rows_that_it_touches_and_on_no_other(
    tmp_path: Path, options: str, rows: set[str]
) -> None:
    code, output, folder = fought(tmp_path, ["--duration", "90s", f"--target-b={options}"])
    data = json.loads((folder / "result.json").read_text())
    surely = {row["row"] for row in data["rows"] if row["change"] and row["change"]["adjusted"] < 0.01}
    assert (code, surely) == (1, rows) or data["outcome"] == "void", output


@pytest.mark.outside
def test_workers_on_other_machines_get_each_sides_settings_from_the_master(tmp_path: Path) -> None:
    port = free_port()
    with target("--messages", "500", "--require-token", "secret-a") as a, target("--messages", "500") as b:
        words = ["--a", a["url"], "--b", b["url"], "--no-probes", "--users", "6", "--ramp", "2s", "--duration", "20s"]
        secret = ["--header-a", "Authorization: Bearer secret-a", "--socket-auth-a", "token=secret-a"]
        remote = ["--remote-workers", "2", "--worker-port", str(port)]
        duel = start(tmp_path, "duel", *words, *secret, *remote)
        locust = [sys.executable, "-m", "locust", "-f", str(ROOT / "locustfiles" / "duel.py"), "--worker"]
        workers = [
            subprocess.Popen([*locust, "--master-port", str(port)], env=environment(), cwd=tmp_path) for _ in range(2)
        ]
        try:
            output, _ = duel.communicate(timeout=LIMIT)
            codes = [worker.wait(20) for worker in workers]
        finally:
            for process in (duel, *workers):
                process.kill()
    assert "for 2 workers on port" in output and "Unknown message" not in output, output
    assert codes == [0, 0] and "secret-a" not in output
    (folder,) = (path for path in tmp_path.glob("*_duel*") if path.is_dir())
    data = json.loads((folder / "result.json").read_text())
    rows = {row["row"]: row for row in data["rows"] if row["figure"] == "latency"}
    assert rows["CHAT agent turn"]["A"]["n"] and rows["CHAT agent turn"]["B"]["n"], output
    assert all(row["figure"] != "failed" for row in data["rows"]), output
    for name in SIDES:
        info = read_info(folder / name / "run.json")
        series = read(folder / name, info)
        drove = {worker for row in ("CHAT ping", "GET /health", "CHAT agent turn") for worker in series[row].worker}
        assert info.workers == 2 and len(drove) == 2


@pytest.mark.outside
@pytest.mark.parametrize("workers", [[], ["--workers", "1"]], ids=["one process", "a worker"])
def test_backends_that_are_not_reznet_are_recognised(tmp_path: Path, workers: list[str]) -> None:
    ports, provider = (free_port(), free_port()), [sys.executable, "-m", "reznet_load", "provider", "--port"]
    slower = [[], ["--first-token", "500ms"]]
    backends = [
        subprocess.Popen([*provider, str(port), *more], env=environment())
        for port, more in zip(ports, slower, strict=True)
    ]
    try:
        for port in ports:
            listening(port)
        hosts = [
            word for side, port in zip("ab", ports, strict=True) for word in (f"--{side}", f"http://127.0.0.1:{port}")
        ]
        model = ["--model", "simulated-gpt"]
        code, output, folder = fought(tmp_path, [*hosts, *model, "--duration", "60s", *workers])
        refused = start(tmp_path / "refused", "duel", *hosts, "--duration", "10s")
        said, _ = refused.communicate(timeout=LIMIT)
    finally:
        for backend in backends:
            backend.terminate()
    assert refused.returncode == 2 and "--model" in said and not list((tmp_path / "refused").glob("*_duel*"))
    data = json.loads((folder / "result.json").read_text())
    if data["outcome"] != "void":
        (first,) = (row for row in data["rows"] if row["row"].endswith("first token") and row["figure"] == "latency")
        assert code == 1 and first["change"]["slower"], output


@pytest.mark.outside
def test_ctrl_c_ends_both_sides_and_keeps_what_was_measured(tmp_path: Path) -> None:
    words = ["duel", "--users", "6", "--ramp", "2s", "--duration", "90s", "--no-probes", "--reports", str(tmp_path)]
    targets = [f"--target-{side}=--messages 500" for side in "ab"]
    process = subprocess.Popen(
        [sys.executable, "-m", "reznet_load", *words, *targets], env=environment(), stdout=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + LIMIT / 2
    while time.monotonic() < deadline and not any(path.stat().st_size > 20_000 for path in tmp_path.rglob("local.bin")):
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=LIMIT / 2)
    (folder,) = (path for path in tmp_path.glob("*_duel*") if path.is_dir())
    assert process.returncode == 130 and json.loads((folder / "result.json").read_text())["outcome"] == "interrupted", (
        output
    )
    for name in SIDES:
        info = read_info(folder / name / "run.json")
        assert info.ended and info.interrupted and info.notes["clean-up"].startswith("removed"), info
