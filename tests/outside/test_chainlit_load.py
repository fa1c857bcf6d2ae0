"""A load of a real Chainlit from end to end: 20 users for 20 s over its sockets, judged."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.outside.backends.running import ROOM, chainlit

pytestmark = [
    pytest.mark.outside,
    pytest.mark.skipif(not ROOM, reason="installs Chainlit from the registry: make check-outside"),
]
USERS = ("--users", "20", "--duration", "20s", "--ramp", "2s")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with chainlit("chainlit_app.py", tmp_path_factory.mktemp("chainlit")) as url:
        yield url


def load(*words: str, reports: Path, **environ: str) -> tuple[subprocess.CompletedProcess[str], dict]:
    command = [sys.executable, "-m", "reznet_load", *words, "--reports", str(reports)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, env=os.environ | environ)
    found = sorted(reports.rglob("result.json"))
    return done, json.loads(found[-1].read_text()) if found else {}


def steady(result: dict) -> dict[str, dict]:
    return {row["key"]: row for row in result["rows"] if row["phase"] == "steady"}


def check(result: dict) -> None:
    """Each turn is whole, timed in its parts, and judged."""
    rows = steady(result)
    turns = rows["CHAT agent turn"]
    assert turns["count"] > 60 and turns["failures"] == 0
    assert rows["CHAT first token"]["count"] == turns["count"]
    assert rows["COUNT reply chunks"]["mean"] == 40  # as the application streams them
    assert 0.5 < rows["CHAT chunk gap"]["count"] / (39 * turns["count"]) <= 1  # those of one arrival are merged
    assert 5 < rows["CHAT chunk gap"]["mean"] < 30 and 195 < turns["mean"] < 1200
    assert "GAUGE payload saved" not in rows  # it has no short keys
    verdicts = {one["id"]: one["outcome"] for one in result["verdicts"]}
    assert verdicts["turn_p95"] == verdicts["first_token_p95"] == verdicts["gap_p95"] == "pass"


def test_twenty_users_for_twenty_seconds(address: str, tmp_path: Path) -> None:
    done, result = load("load", "--host", address, *USERS, reports=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    check(result)
    assert result["info"]["deployment"]["dialect"] == "chainlit"
    assert "COUNT connections reopened" not in steady(result)
    sockets = next(row for row in result["rows"] if row["key"] == "GAUGE sockets" and row["phase"] == "steady")
    assert sockets["max"] == 20  # each holds one
    document = next(tmp_path.rglob("PERFORMANCE_TEST_RESULTS.md")).read_text()
    assert "chainlit" in document and "RezNet" not in document


def test_workers_ask_like_one_process(address: str, tmp_path: Path) -> None:
    done, result = load("distributed", "--host", address, *USERS, "--workers", "2", reports=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    check(result)
    assert result["info"]["workers"] == 2
