"""`reznet-load load` against an OpenAI-compatible endpoint, end to end: recognised, driven, judged, documented."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.simulated_provider import provider

pytestmark = pytest.mark.live
NOT_THERE = ("PostgreSQL", "Redis", "DATABASE_URL", "WebSocket", "RezNet", "echo", "Cache", "/api/")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with provider("--first-token", "60ms", "--gap", "5ms", "--length", "20", "--keep-alive", "1") as url:
        yield url


@contextmanager
def another_database(server: str, name: str) -> Iterator[str]:
    """An empty database on the server of the DSN `server`; its own DSN."""
    with psycopg.connect(server, autocommit=True) as own:
        own.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        try:
            yield urlsplit(server)._replace(path=f"/{name}").geturl()
        finally:
            own.execute(f"DROP DATABASE {name} WITH (FORCE)")


def load(*words: str, reports: Path, **environ: str) -> tuple[subprocess.CompletedProcess[str], dict]:
    command = [sys.executable, "-m", "reznet_load", *words, "--reports", str(reports)]
    known = {name: value for name, value in os.environ.items() if not name.endswith("_API_KEY")}
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=known | environ)
    found = sorted(reports.rglob("result.json"))
    return done, json.loads(found[-1].read_text()) if found else {}


def test_a_load_of_an_openai_endpoint_from_end_to_end(address: str, tmp_path: Path) -> None:
    words = ("load", "--host", address, "--model", "any", "--users", "12", "--duration", "12s", "--ramp", "1s")
    words += ("--think", "agent=1.8", "--trace", str(tmp_path / "trace.jsonl"))
    done, result = load(*words, reports=tmp_path, OPENAI_API_KEY="sk-never-to-be-written")
    assert done.returncode == 0, done.stdout + done.stderr
    traced = [json.loads(line)["id"] for line in (tmp_path / "trace.jsonl").read_text().splitlines()]
    assert len(set(traced)) == len(traced) > 60 and {len(id) for id in traced} == {32}  # X-Request-ID of each question
    rows = {row["key"]: row for row in result["rows"] if row["phase"] == "steady"}
    turns, first = rows["CHAT agent turn"], rows["CHAT first token"]
    assert turns["count"] > 60 and turns["failures"] == 0 and first["count"] == turns["count"]
    assert 55 < first["mean"] < 120 and 3 < rows["CHAT chunk gap"]["mean"] < 8
    assert rows["COUNT tokens counted"]["mean"] == pytest.approx(rows["COUNT reply chunks"]["mean"], rel=0.02)
    assert rows["COUNT token rate"]["mean"] > 100
    # The provider closes what is idle for a second: opened again, counted, and no failure.
    assert rows["COUNT connections reopened"]["count"] > 20 and rows["CHAT open connection"]["failures"] == 0
    assert {one["id"]: one["outcome"] for one in result["verdicts"]}["turn_p95"] == "pass"
    assert result["info"]["mix"] == {"agent": 12} and result["info"]["deployment"]["dialect"] == "openai"
    document = next(tmp_path.rglob("PERFORMANCE_TEST_RESULTS.md")).read_text()
    assert not [word for word in NOT_THERE if word in document]
    assert "Tokens a second" in document and "idle connections between two questions" in document
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"sk-never-to-be-written" not in written


SERVERS = """
[[nfr]]
id = "idle_in_transaction"
title = "Sessions Idle in Transaction"
statistic = "max"
limit = "< 5 connections"
rows = ["GAUGE database idle in transaction"]
section = 2
needs = ["postgres"]

[[nfr]]
id = "evictions"
title = "Keys Evicted"
statistic = "max"
limit = "< 1 keys"
rows = ["GAUGE cache evictions"]
section = 4
needs = ["redis"]
"""


@pytest.mark.outside
def test_servers_of_any_backend_are_read_judged_and_shown(address: str, stack: dict[str, Any], tmp_path: Path) -> None:
    """A database of another application on the same server: nothing of RezNet's tables may be wanted."""
    nfr = tmp_path / "servers.toml"
    nfr.write_text(SERVERS)
    with another_database(stack["database_url"], "chats") as database:
        words = ("load", "--host", address, "--model", "any", "--users", "5", "--duration", "20s", "--ramp", "1s")
        words += ("--nfr", str(nfr), "--think", "agent=1")
        done, result = load(*words, reports=tmp_path, DATABASE_URL=database, REDIS_URL=stack["redis_url"])
    assert result, done.stdout + done.stderr
    assert {"postgres", "redis"} <= set(result["info"]["has"]) and not result["info"]["lacks"], result["info"]["lacks"]
    rows = {row["key"] for row in result["rows"] if row["phase"] == "steady"}
    assert {
        "GAUGE database connections",
        "GAUGE database transactions",
        "GAUGE cache memory",
        "PROBE cache GET",
    } <= rows
    values = {one["id"]: one["value"] for one in result["verdicts"]}
    assert (values["idle_in_transaction"], values["evictions"]) == (0.0, 0.0)  # also where the generator had no core
    document = next(tmp_path.rglob("PERFORMANCE_TEST_RESULTS.md")).read_text()
    section = document.partition("### Servers")[2].partition("\n## ")[0]
    assert "PostgreSQL 18" in section and "Valkey" in section and "| GAUGE cache clients |" in section
    assert "Sessions Idle in Transaction" in document
    assert not [word for word in ("RezNet", "indexes", "nvalidation", "/api/") if word in section]


def test_a_backend_that_cannot_be_driven_is_refused_before_the_first_user(address: str, tmp_path: Path) -> None:
    cases = (
        ([], "--model NAME: OpenAI Chat Completions wants one named; it lists simulated-claude, simulated-gpt"),
        (
            ["--model", "m", "--dialect", "ag-ui", "--path", "/nowhere"],
            "give the path of this backend's chat with --path",
        ),
        (["--model", "m", "--dialect", "nonsense"], "--dialect 'nonsense' is not known"),
        (["--model", "m", "--dialect", "chainlit"], "its sign-in cannot be read: 404: Not Found; is it Chainlit 2?"),
        (["--model", "m", "--mix", "rest=1,agent=1"], "has nothing for it: rest reads"),
        (["--model", "m", "--arrivals", "5/s"], "--arrivals"),
    )
    done, _ = load("perf", "--host", address, "--dialect", "openai", "--model", "m", reports=tmp_path)
    assert done.returncode == 2 and "the suite times the parts of RezNet" in done.stderr
    done, _ = load("load", "--dialect", "openai", "--model", "m", reports=tmp_path, HOST="")
    assert done.returncode == 2 and "name your backend with --host" in done.stderr
    for words, sentence in cases:
        done, result = load("load", "--host", address, *words, reports=tmp_path)
        assert done.returncode == 2 and sentence in done.stderr and not result, (words, done.stdout + done.stderr)
