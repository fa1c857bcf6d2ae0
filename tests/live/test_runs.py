"""Short runs of the real command on one shared stack."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psycopg
import pytest

from reznet_load.core.settings.settings import Settings
from reznet_load.core.system.machine import process_mark
from reznet_load.drive.finish import sweep
from tests.live.stack import ROOT, environment, run


def rows_left(database_url: str) -> tuple[int, ...]:
    with psycopg.connect(database_url) as database:
        count = "SELECT count(*) FROM channels WHERE name LIKE 'reznet-load-%%'", "SELECT count(*) FROM messages"
        return tuple(database.execute(query, ()).fetchone()[0] for query in count)  # type: ignore[index]


def test_a_smoke_run_answers_everything_and_leaves_nothing(
    tmp_path: Path, stack: dict, deployed: dict[str, str]
) -> None:
    before = rows_left(stack["database_url"])
    ran = run(tmp_path, "smoke", "--users", "8", "--duration", "12s", **deployed)
    assert ran.code == 0, ran.output
    assert rows_left(stack["database_url"]) == before
    keys = {row["key"] for row in ran.result["rows"]}
    assert keys >= {"GET /health", "GET /api/agents", "CHAT echo", "CHAT ping", "CHAT agent turn", "CHAT first token"}
    assert all(row["failures"] == 0 for row in ran.result["rows"])
    assert {"postgres", "redis", "processes"} <= set(ran.result["info"]["has"])
    summary = ran.document.split("### NFR Targets")[1].split("**Legend**")[0]
    assert "⏳" not in summary and "**Database**: PostgreSQL 18" in ran.document
    lines = [json.loads(line) for line in (ran.folder / "operations.jsonl").read_text().splitlines()]  # type: ignore[operator]
    assert {one["row"] for one in lines} >= {"GET /health", "CHAT echo", "CHAT ping", "CHAT agent turn", "CHAT connect"}
    assert all(len(one["request_id"]) == 32 and one["user"] for one in lines)
    assert {"COUNT process time GET /health", "COUNT query count GET /api/channels/{id}/messages"} <= keys
    assert ran.result["findings"] == [] and "old entries were deleted, and the next reads were fresh" in ran.document
    assert "removed 4 channels" in ran.document and (tmp_path / "127.0.0.1" / "latest").is_symlink()
    left = {path.name for path in ran.folder.iterdir()}  # type: ignore[union-attr]
    assert {"report.html", "junit.xml", "SUMMARY.md", "metrics.txt", "result.json", "DETAILS.md"} <= left
    assert (ran.folder / "locust_stats_history.csv").stat().st_size > 0  # type: ignore[union-attr]


def test_master_and_workers_lose_no_sample(tmp_path: Path, deployed: dict[str, str]) -> None:
    # Options of a file reach the workers as those of the command line do; Locust's own variables reach none of them.
    file = tmp_path / "ci.toml"
    file.write_text(
        'users = 9\narrivals = "20/s"\narrival-process = "constant"\n[distributed]\nduration = "10s"\nramp = "2s"\n'
    )
    ambient = {"LOCUST_USERS": "1", "LOCUST_RUN_TIME": "2s", "LOCUST_HOST": "http://127.0.0.1:9"}
    ran = run(tmp_path, "distributed", f"--config={file}", "--users", "8", **deployed, **ambient)
    assert ran.code == 0, ran.output
    arrived = [row for row in ran.result["rows"] if row["key"].endswith("(arrivals)") and row["phase"] == "steady"]
    assert sum(row["count"] for row in arrived) == pytest.approx(200, abs=3) and not any(r["failures"] for r in arrived)
    assert all(row["p50"] < 100 for row in arrived)  # a quiet deployment lets no arrival wait for a caller
    info = ran.result["info"]
    assert (info["workers"], info["users"], info["duration"]) == (2, 8, 12.0) and "--duration=10s" in info["command"]
    assert not [caution for caution in ran.result["cautions"] if caution["id"].startswith("samples_missing")]
    users = next(verdict for verdict in ran.result["verdicts"] if verdict["id"] == "concurrent_users")
    assert users["value"] == 8, users
    sampled = sum(r["count"] for r in ran.result["rows"] if r["key"].startswith(("GET", "CHAT")))
    table = (ran.folder / "locust_stats.csv").read_text().splitlines()  # type: ignore[union-attr]
    total = next(line for line in table if ",Aggregated," in line).split(",")
    assert sampled <= int(total[2]) <= sampled * 1.35 + 30  # Locust also counts what came after the last phase


def test_plain_locust_works_and_its_exit_code_is_the_verdict(tmp_path: Path, deployed: dict[str, str]) -> None:
    words = ["-f", "locustfiles/smoke.py", "--headless", "-H", deployed["HOST"], "-u", "4", "-t", "8s"]
    ended = subprocess.run(
        [sys.executable, "-m", "locust", *words, "--reports", str(tmp_path)],
        cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=90,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "outcome: warning" in ended.stdout and "Traceback" not in ended.stderr
    assert list(tmp_path.rglob("PERFORMANCE_TEST_RESULTS.md"))


def test_an_unreachable_target_stops_before_the_first_user(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        host = f"http://127.0.0.1:{probe.getsockname()[1]}"
    ran = run(tmp_path, "smoke", HOST=host)
    assert ran.code == 2 and "is the backend running" in ran.output and "Traceback" not in ran.output


def test_a_backend_that_refuses_channels_leaves_no_document(tmp_path: Path) -> None:
    answers = {
        "/api/health": b'{"status": "healthy"}',
        "/api/agents": b'[{"id": "1", "name": "@qa"}]',
        "/api/channels": b"[]",
    }

    class Refusing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = answers.get(self.path.partition("?")[0])
            self.send_response(404 if body is None else 200)
            self.end_headers()
            self.wfile.write(body or b"{}")

        def do_POST(self) -> None:
            self.send_response(500)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Refusing)
    thread = threading.Thread(target=http.serve_forever, args=(0.05,))
    thread.start()
    try:
        ran = run(tmp_path, "smoke", HOST=f"http://127.0.0.1:{http.server_port}")
    finally:
        http.shutdown()
        thread.join()
        http.server_close()
    assert ran.code == 2 and "500" in ran.output and "Traceback" not in ran.output, ran.output
    assert not list(tmp_path.rglob("*.md")) and not list(tmp_path.rglob("run.json"))


def test_leftovers_of_a_killed_run_are_removed_before_the_next(
    stack: dict[str, Any], sleeper: int, capsys: pytest.CaptureFixture[str]
) -> None:
    here = process_mark(os.getpid()).rpartition("-")[0]
    topic = f"host={socket.gethostname()} pid={sleeper} mark={here}-1 until={int(time.time()) + 900}"
    with psycopg.connect(stack["database_url"], autocommit=True) as database:
        database.execute("INSERT INTO channels (name, topic) VALUES ('reznet-load-killed-00001', %s)", (topic,))
    sweep(Settings(host=stack["url"], database_url=stack["database_url"], redis_url=stack["redis_url"]))
    assert "left over from earlier runs: removed " in capsys.readouterr().out
    assert rows_left(stack["database_url"])[0] == 0
