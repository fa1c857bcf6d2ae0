"""The live matrix of `make check`: faults that must be detected, and ends that must be clean."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2 as httpx
import psutil
import pytest
import trustme

from tests.live.stack import ROOT, end, environment, run, start

pytestmark = pytest.mark.matrix
SHORT = ("--duration", "20s", "--ramp", "3s")


def test_busy_agents_fail_under_their_own_name(tmp_path: Path) -> None:
    ran = run(tmp_path, "load", "--target", "--agent-concurrency 1 --messages 500", *SHORT)
    assert ran.code == 1 and ran.verdicts()["error_rate"] == "fail"
    assert any(text.startswith("busy: ") for text in ran.row("CHAT agent turn")["errors"])
    assert "agents_one_at_a_time" in {finding["id"] for finding in ran.result["findings"]}
    assert "### CHAT agent turn" in ran.details.split("## Slowest and Failed Operations")[1]
    assert "| busy: " in ran.document and "of the questions will fail as busy" in ran.output.split("00:05")[0]


def test_a_slow_first_token_fails_what_it_should_and_nothing_else(tmp_path: Path) -> None:
    ran = run(tmp_path, "load", "--target", "--first-token 4s --messages 500", *SHORT)
    failed = {id for id, outcome in ran.verdicts().items() if outcome == "fail"}
    assert ran.code == 1 and failed == {"agent_response_p95", "ttfb_mean"}
    users = next(v for v in ran.result["verdicts"] if v["id"] == "concurrent_users")
    named = "other requirements failed: Agent Response Time (p95), Time to First Byte (TTFB, mean)"
    assert users["outcome"] == "warning" and named in users["reason"]
    assert ran.row("GAUGE calibration error")["p95"] < 20


def test_the_other_dialect_is_recognised_and_passes(tmp_path: Path) -> None:
    ran = run(tmp_path, "load", "--target", "--dialect v2 --messages 500", *SHORT)
    assert ran.result["info"]["deployment"]["dialect"] == "v2"
    assert not [row["key"] for row in ran.result["rows"] if row["failures"]]
    assert "fail" not in ran.verdicts().values()


@pytest.mark.parametrize(
    "number",
    [pytest.param(signal.SIGKILL, marks=pytest.mark.outside, id="killed"), pytest.param(signal.SIGSTOP, id="frozen")],
)
def test_a_target_lost_during_a_run_is_reported_on_time(
    tmp_path: Path, number: int, own_target: Callable[..., Any]
) -> None:
    with own_target("--messages", "500") as ready:
        process = start(tmp_path, "load", "--users", "20", "--duration", "25s", "--ramp", "2s", HOST=ready["url"])
        deadline = time.monotonic() + 40
        while not (found := list(tmp_path.rglob("run.json"))) or not json.loads(found[0].read_text())["origin"]:
            assert time.monotonic() < deadline and process.poll() is None
            time.sleep(0.1)
        origin = json.loads(found[0].read_text())["origin"]
        time.sleep(max(0.0, origin + 12 - time.time()))
        os.kill(ready["pids"]["target"], number)
        ran = end(process, tmp_path, 90)
    assert ran.code == 1 and ran.verdicts()["error_rate"] == "fail", ran.output
    ended = max((ran.folder / "samples" / "local.bin").stat().st_mtime, origin)  # type: ignore[operator,union-attr]
    assert ended - (origin + 27) <= 11, ended - origin
    kinds = " ".join(text for row in ran.result["rows"] for text in row["errors"])
    assert (
        ("refused" in kinds or "disconnected" in kinds)
        if number == signal.SIGKILL
        else ("within" in kinds or "time-out" in kinds)
    )


def test_https_wss_and_tokens(tmp_path: Path, own_target: Callable[..., Any]) -> None:
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    issued.private_key_pem.write_to_path(tmp_path / "key.pem")
    (tmp_path / "cert.pem").write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    tls = ("--certfile", str(tmp_path / "cert.pem"), "--keyfile", str(tmp_path / "key.pem"))
    words = ("smoke", "--users", "4", "--duration", "6s")
    token = ("--header", "Authorization: Bearer tok-12345", "--socket-auth", "token=tok-12345")
    with own_target("--messages", "200", "--require-token", "tok-12345", *tls) as ready:
        untrusted = run(tmp_path / "a", *words, *token, HOST=ready["url"])
        assert untrusted.code == 2 and "--ca FILE" in untrusted.output
        stranger = run(tmp_path / "b", *words, "--ca", str(tmp_path / "ca.pem"), HOST=ready["url"])
        assert stranger.code == 2 and "--header" in stranger.output
        trusted = run(tmp_path / "c", *words, *token, "--ca", str(tmp_path / "ca.pem"), HOST=ready["url"])
        assert trusted.code == 0 and not [r for r in trusted.result["rows"] if r["failures"]], trusted.output
        account = {"headers": {"Authorization": "Bearer tok-12345"}, "socket_auth": {"token": "tok-12345"}}
        (tmp_path / "accounts.jsonl").write_text(json.dumps(account))
        alone = ("--accounts", str(tmp_path / "accounts.jsonl"))  # set-up and clean-up too
        insecure = run(tmp_path / "d", *words, *alone, "--insecure", HOST=ready["url"])
    assert insecure.code == 0 and "NOT verified" in insecure.document
    written = "".join(path.read_text(errors="replace") for path in (tmp_path / "c").rglob("*.*") if path.is_file())
    assert "tok-12345" not in written


def test_the_fast_form_of_the_selftest() -> None:
    words = ["selftest", "--quick", "--duration", "15s", "--users", "40"]
    ended = subprocess.run(
        [sys.executable, "-m", "reznet_load", *words], env=environment(), capture_output=True, text=True, timeout=400
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "3 of 3 as expected" in ended.stdout


def test_a_generator_overloaded_on_purpose_voids_its_run(tmp_path: Path, deployed: dict[str, str]) -> None:
    words = ["-f", "tests/live/overload.py", "--headless", "-H", deployed["HOST"], "-u", "10", "-t", "12s"]
    ended = subprocess.run(
        [sys.executable, "-m", "locust", *words, "--reports", str(tmp_path)],
        cwd=ROOT, env=environment(PYTHONPATH=str(ROOT)), capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert ended.returncode == 3, ended.stdout + ended.stderr
    result = json.loads(next(tmp_path.rglob("result.json")).read_text())
    assert result["outcome"] == "void" and {v["outcome"] for v in result["verdicts"]} == {"pending"}
    assert "WORKERS=2" in " ".join(c["remedy"] for c in result["cautions"] if c["void"])
    assert any(c["id"] == "calibration" and c["void"] for c in result["cautions"])


def test_killing_a_worker_voids_the_run_and_loses_at_most_its_last_second(
    tmp_path: Path, deployed: dict[str, str]
) -> None:
    process = start(tmp_path, "distributed", "--users", "8", "--duration", "20s", "--ramp", "2s", **deployed)
    deadline = time.monotonic() + 60
    while (
        len(files := [p for p in tmp_path.rglob("samples/*.bin") if "master" not in p.name and "probe" not in p.name])
        < 2
    ):
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.1)
    time.sleep(6)  # both have shipped several blocks
    me, children = psutil.Process(process.pid), []
    for child in me.children(recursive=True):
        if "--worker" in child.cmdline():
            children.append(child)
    children[0].kill()
    ran = end(process, tmp_path, 120)
    assert ran.code == 3 and ran.result["outcome"] == "void", ran.output
    (lost,) = [c for c in ran.result["cautions"] if c["id"].startswith("samples_missing")]
    assert lost["void"] and "last report" in lost["text"]
    assert all(path.stat().st_size > 5 * 20 * 20 for path in files)  # 20 lag samples a second, 20 bytes each


def test_ctrl_c_before_the_first_user_ends_it_and_writes_nothing(tmp_path: Path) -> None:
    process = start(tmp_path, "smoke", "--target", "--messages 500")
    time.sleep(1.5)  # its target is on the way: PostgreSQL alone takes longer
    process.send_signal(signal.SIGINT)
    ran = end(process, tmp_path, 30)
    assert ran.code == 130 and "Traceback" not in ran.output, ran.output
    assert not list(tmp_path.rglob("*"))


def test_ctrl_c_reports_what_was_measured(tmp_path: Path, deployed: dict[str, str]) -> None:
    process = start(tmp_path, "load", "--users", "10", "--duration", "60s", "--ramp", "2s", **deployed)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        files = list(tmp_path.rglob("local.bin"))
        if files and files[0].stat().st_size > 40_000:
            break
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    ran = end(process, tmp_path, 60)
    assert ran.code == 130 and ran.result["outcome"] == "interrupted" and "interrupted" in ran.document
    assert ran.row("GET /health")["count"] > 0
    assert ran.result["info"]["ended"], "Locust was killed in the midst of it, and the last second's samples with it"


@pytest.mark.parametrize("workers", [pytest.param("0", marks=pytest.mark.outside), "2"])  # one process: at night, 22 s
def test_the_web_ui_makes_a_run_folder_of_each_start_and_stop(
    tmp_path: Path, deployed: dict[str, str], workers: str
) -> None:
    from reznet_load.core.system.machine import free_port

    port = free_port()
    process = start(tmp_path, "web", "--port", str(port), "--workers", workers, **deployed)
    url = f"http://127.0.0.1:{port}"

    def wait(ready: Callable[[], object], limit: float = 60) -> None:
        deadline = time.monotonic() + limit
        while time.monotonic() < deadline:
            try:
                if ready():
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.2)
        raise AssertionError("not in time")

    def standing() -> dict[str, Any]:
        return httpx.get(f"{url}/requirements/state").json()["standing"]

    def echoes() -> dict[str, Any]:
        return next(verdict for verdict in standing()["verdicts"] if verdict["id"] == "websocket_latency_p95")

    try:
        wait(lambda: httpx.get(url).status_code == 200)
        assert {verdict["reason"] for verdict in standing()["verdicts"]} == {"no run has been started"}
        httpx.post(f"{url}/swarm", data={"user_count": 6, "spawn_rate": 6, "host": deployed["HOST"]})
        wait(lambda: httpx.get(f"{url}/stats/requests").json()["user_count"] == 6)
        wait(lambda: "the steady phase begins in " in echoes()["reason"])
        wait(lambda: echoes()["value"])  # what is tested is that ten quiet seconds make a steady phase
        live = standing()
        assert live["state"] == "running" and live["phase"] == "steady 6" and live["headline"].startswith("So far: ")
        assert {reading["id"] for reading in live["generator"]} >= {"loop_lag", "generator_cpu"}
        time.sleep(2)
        httpx.post(f"{url}/stop")
        wait(lambda: list(tmp_path.rglob("result.json")))
        wait(lambda: standing()["state"] == "ended")
        last = standing()
    finally:
        process.send_signal(signal.SIGINT)
        ran = end(process, tmp_path, 60)
    judged = [phase for phase in ran.result["info"]["phases"] if phase["judged"]]
    assert {verdict["id"]: verdict["outcome"] for verdict in last["verdicts"] if verdict["required"]} == ran.verdicts()
    assert [phase["users"] for phase in judged] == [6] and ran.row("GET /health")["count"] > 0


def test_a_known_capacity_is_found(tmp_path: Path) -> None:
    """Agents alone, each asking once a second: a gate made for 300 of the shipped mix lets 20 a second through.

    Six seconds show an excess of 15 %; the 10 % of whole steps are for a search of ten minutes.
    """
    target = "--first-token 40ms --gap 4ms --length 6 --capacity 300 --messages 500"
    words = (
        "--mix",
        "0:0:50",
        "--think",
        "agent=1",
        "--users",
        "16",
        "--duration",
        "6s",
        "--ramp",
        "1s",
        "--no-probes",
    )
    ran = run(tmp_path, "capacity", "--target", target, *words, limit=150)
    found = ran.result["capacity"]
    assert 16 <= found["low"] <= 23 and 17 <= found["high"] <= 26, ran.output
    assert ran.folder is not None and (ran.folder / "capacity.svg").exists()
