"""Runs with a key that counts as real, at the simulator: their maximum cost, where they stop, and that no key is shown."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
import redis

from tests.live.stack import run

# One that looks like a key, and one that no pattern would know.
KEYS = {"ANTHROPIC_API_KEY": "sk-ant-api03-notakeyatall0123456789", "OPENAI_API_KEY": "zq7Wv9Lr2Xc5Tb8Nm1"}
PRICES = """
[[price]]
provider = "anthropic"
model = "asked-alone"
input = 3
output = 15

[[price]]
provider = "openai"
model = "refuses"
input = 1
output = 1

[[price]]
provider = "anthropic"
model = "behind"
input = 0
output = 1000
"""


def test_a_run_that_may_cost_more_than_its_limit_stops_before_the_first_user(
    tmp_path: Path, deployed: dict[str, str]
) -> None:
    said = ("--backend-provider", "anthropic=claude-opus-4-1", "--max-cost", "0.05")
    ran = run(tmp_path, "smoke", *said, **deployed)
    assert ran.code == 2 and "Traceback" not in ran.output, ran.output
    assert "--max-cost: this run may cost up to" in ran.output and "more than 0.0500 USD" in ran.output
    assert not list(tmp_path.rglob("run.json"))


@contextmanager
def telltale() -> Iterator[str]:
    """A provider that refuses every key and repeats it in its answer, as some do; its URL."""

    class Refusing(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = b'{"error": {"message": "Incorrect API key provided: %s"}}' % self.headers["authorization"].encode()
            self.send_response(401)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Refusing)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    thread.join()
    server.server_close()


@contextmanager
def short_answers(stack: dict[str, Any]) -> Iterator[None]:
    """The backend says that no agent answers with more than one token: every forecast is far too low."""

    def limit(tokens: int) -> None:
        with psycopg.connect(stack["database_url"], autocommit=True) as database:
            database.execute(f"UPDATE agents SET config = jsonb_set(config::jsonb, '{{max_tokens}}', '{tokens}')")
        with redis.Redis.from_url(stack["redis_url"]) as cache:
            cache.flushdb()

    limit(1)
    yield
    limit(1024)


@contextmanager
def command_lines() -> Iterator[set[str]]:
    """Every command line seen on this machine meanwhile."""
    seen: set[str] = set()
    done = threading.Event()

    def look() -> None:
        while not done.wait(0.2):
            for process in psutil.process_iter():
                try:
                    seen.add(" ".join(process.cmdline()))
                except psutil.Error:
                    continue

    thread = threading.Thread(target=look)
    thread.start()
    yield seen
    done.set()
    thread.join()


@pytest.mark.matrix
def test_exceeding_the_cost_limit_during_a_run_stops_paid_calls_and_no_key_is_written(
    tmp_path: Path, stack: dict[str, Any], deployed: dict[str, str]
) -> None:
    prices, reports = tmp_path / "prices.toml", tmp_path / "reports"
    prices.write_text(PRICES)
    words = ["--users", "8", "--mix", "2:3:3", "--duration", "16s", "--ramp", "2s", "--max-cost", "0.25"]
    words += ["--prices", str(prices), "--backend-provider", "anthropic=behind", "--network", "mobile"]
    words += ["--model", "anthropic=asked-alone", "--model", "openai=refuses"]
    with telltale() as refusing, short_answers(stack), command_lines() as lines:
        urls = {"ANTHROPIC_BASE_URL": stack["anthropic_base_url"], "OPENAI_BASE_URL": refusing}
        ran = run(reports, "distributed", *words, **deployed, **KEYS, **urls)
    failed = {id for id, outcome in ran.verdicts().items() if outcome == "fail"}
    assert ran.result["outcome"] in ("pass", "warning", "fail") and failed <= {"ttfb_mean"}, (
        ran.output
    )  # two refusals prove it
    assert "cost: up to 0.0" in ran.output and "agents are not asked any more" in ran.output
    assert "cost_limit" in {caution["id"] for caution in ran.result["cautions"]}
    turns = sum(row["count"] for row in ran.result["rows"] if row["key"] == "CHAT agent turn")
    assert 2 <= turns <= 10  # of about 13; those under way were let finish
    users = next(verdict for verdict in ran.result["verdicts"] if verdict["id"] == "concurrent_users")
    assert users["value"] == 8 and ran.row("CHAT echo")["count"] > 12
    asked = ran.result["info"]["probes"]["after"]["providers"]
    assert 1 <= asked["anthropic"]["asked"] <= 5 and asked["anthropic"]["usd"] > 0
    assert 1 <= asked["anthropic"]["networks"]["mobile"]["asked"] <= 5
    assert "| failed: HTTP 401" in ran.details or "failed: HTTP 401 |" in ran.details
    assert "agent turns through the backend (anthropic, behind)" in ran.document
    files = [path for path in reports.rglob("*") if path.is_file()]
    assert len(files) > 10
    for key in KEYS.values():
        assert not [path for path in files if key.encode() in path.read_bytes()]
        assert key not in ran.output and not [line for line in lines if key in line]
