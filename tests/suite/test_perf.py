"""The performance suite by its real commands: on the shared target, on a faulty one, and left in the middle."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psycopg
import pytest

from reznet_load.core.errors import ConfigError
from reznet_load.core.settings.settings import ENVIRONMENT, Settings, from_environment
from reznet_load.drive import perf
from reznet_load.report.lines import ONE_USER
from tests.live.stack import end, environment, run, start

OUTCOME = re.compile(r"::(test_\w+) .*?(PASSED|FAILED|SKIPPED)", re.DOTALL)


def outcomes(output: str) -> dict[str, str]:
    """Test -> how it ended, as `pytest -v` prints it."""
    return dict(OUTCOME.findall(output.split("test session starts")[1].split("= FAILURES =")[0]))


def channels(stack: dict[str, Any]) -> int:
    with psycopg.connect(stack["database_url"]) as database:
        return database.execute("SELECT count(*) FROM channels WHERE name LIKE 'reznet-load-%'").fetchone()[0]  # type: ignore[index]


@pytest.mark.live
def test_the_quick_suite_measures_servers_and_endpoints(tmp_path: Path, deployed: dict[str, str]) -> None:
    ran = run(tmp_path, "perf", "--quick", "--samples", "25", **deployed)
    assert ran.code == 0 and "Traceback" not in ran.output, ran.output
    ended = outcomes(ran.output)
    assert len(ended) == 12 and "FAILED" not in ended.values()
    assert sorted(test for test, outcome in ended.items() if outcome == "SKIPPED") == [
        "test_agent_response_time_95th_percentile", "test_agent_response_time_simple_query", "test_anthropic_ttfb",
        "test_openai_ttfb", "test_streaming_chunk_latency",
    ]  # fmt: skip
    verdicts = ran.verdicts()
    assert verdicts["cache_hit_rate"] == verdicts["query_reduction"] == verdicts["api_p50"] == "pass"
    assert verdicts["db_query_p95"] == verdicts["api_p95"] == "warning"  # of 25 samples no p95 can pass
    assert "25 samples are too few for a Pass, which needs 73" in ran.output
    assert ran.row("PROBE message page query")["count"] == 25
    assert "--quick leaves out what needs a provider" in ran.document and "⏳ Pending" in ran.document
    first = ran.document
    again = subprocess.run(
        [sys.executable, "-m", "reznet_load", "report", str(ran.folder)],
        env=environment(),
        capture_output=True,
        timeout=60,
    )
    assert again.returncode == ran.code and ran.document == first


@pytest.mark.matrix
def test_pytest_alone_runs_one_class_and_says_what_it_lacks(tmp_path: Path, deployed: dict[str, str]) -> None:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--pyargs",
        "reznet_load.suite.test_performance::TestAPIEndpointPerformance",
    ]
    environ = environment(HOST=deployed["HOST"], PYTHONPATH=str(Path(__file__).resolve().parents[2]))
    ended = subprocess.run(
        [*command, "-m", "performance"], cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=90
    )
    assert ended.returncode == 0 and "2 passed" in ended.stdout, ended.stdout + ended.stderr
    result = json.loads(next(tmp_path.rglob("result.json")).read_text())
    pending = {v["id"]: v["reason"] for v in result["verdicts"] if v["outcome"] == "pending"}
    assert result["outcome"] == "pass" and {v["id"] for v in result["verdicts"]} - pending.keys() == {
        "api_p50", "api_p95", "error_rate",
    }  # fmt: skip
    assert pending["concurrent_users"] == ONE_USER
    assert pending["db_query_p95"] == "no test of the performance suite that measures it was run"


@pytest.mark.matrix
def test_a_slow_query_and_a_slow_first_token_fail_their_own_tests(tmp_path: Path) -> None:
    slow = "--fault slow-query --first-token 800ms --gap 5ms --messages 500"
    ran = run(tmp_path, "perf", "--samples", "8", "--target", slow)
    failed = {test for test, outcome in outcomes(ran.output).items() if outcome == "FAILED"}
    assert ran.code == 1 and failed == {
        "test_agent_list_query_performance",  # 150 ms inside PostgreSQL
        "test_agent_response_time_95th_percentile",  # its first token, of which TTFB is judged
    }, ran.output
    assert {id for id, outcome in ran.verdicts().items() if outcome == "fail"} == {"db_query_p95", "ttfb_mean"}
    assert ran.row("CHAT agent turn")["count"] == 8 and ran.row("CHAT simple agent turn")["count"] == 8
    assert ran.row("PROBE anthropic first byte")["count"] == ran.row("PROBE openai first byte")["count"] == 8


@pytest.mark.matrix
def test_ctrl_c_reports_what_was_measured_and_leaves_nothing(
    tmp_path: Path, stack: dict[str, Any], deployed: dict[str, str]
) -> None:
    before = channels(stack)
    process = start(tmp_path, "perf", **deployed)
    deadline = time.monotonic() + 60
    while not list(tmp_path.rglob("channels.txt")):
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.1)
    time.sleep(4)
    process.send_signal(signal.SIGINT)
    ran = end(process, tmp_path, 60)
    assert ran.code == 130 and ran.result["outcome"] == "interrupted" and "Traceback" not in ran.output, ran.output
    assert ran.row("GAUGE loop lag")["count"] > 40 and channels(stack) == before


def test_a_missing_server_stops_before_the_first_test(tmp_path: Path) -> None:
    nobody = run(tmp_path, "perf", "--quick", HOST="http://127.0.0.1:9")
    assert nobody.code == 2 and "is the backend running" in nobody.output and "Traceback" not in nobody.output
    wrong = run(tmp_path, "perf", "--mix", "1:1:1", HOST="http://127.0.0.1:9")
    assert wrong.code == 2 and "the performance suite is one user" in wrong.output
    assert not list(tmp_path.iterdir())


def test_options_of_pytest_in_the_environment_are_for_other_runs(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "reznet_load", "perf", "--quick", "--reports", str(tmp_path)]
    environ = environment(
        HOST="http://127.0.0.1:1", PYTEST_ADDOPTS="--no-such-option -k nothing", PYTEST_PLUGINS="no_such_module"
    )
    ended = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60)
    assert "connection refused" in (ended.stdout + ended.stderr).lower() and ended.returncode == 2
    assert "no-such-option" not in ended.stdout + ended.stderr


def test_the_command_becomes_pytest_with_the_given_options(monkeypatch: pytest.MonkeyPatch) -> None:
    became: list[Any] = []
    monkeypatch.setattr(perf.os, "execve", lambda *given: became.extend(given))
    words = ["reznet-load", "perf", "--header", "Authorization: Bearer secret-1"]
    settings = Settings(host="http://127.0.0.1:9", headers={"Authorization": "Bearer secret-1"})
    perf.perf(settings, "--messages 5", ["--quick"], True, words)
    _, command, environ = became
    assert {"--quick", "--cov=reznet_load", "--cov-report=html", "performance"} <= set(command)
    assert not any("secret-1" in word for word in command) and "secret-1" not in environ[perf.COMMAND]
    assert from_environment(environ[ENVIRONMENT]) == settings and environ[perf.TARGET] == "--messages 5"


def test_coverage_without_its_plugin_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(perf, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"install reznet-load\[test\]"):
        perf.perf(Settings(host="http://127.0.0.1:9"), "", [], True, [])
