"""With PostgreSQL and Redis from Debian's packages the figures are the same; servers that go away are named."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reznet_load.verdict.diagnosis.diagnose import RULES
from tests.live import debian
from tests.live.stack import run, target

pytestmark = [pytest.mark.matrix, pytest.mark.skipif(bool(debian.missing()), reason=debian.missing() or "there")]
BROKEN = {"missing_index", "wrong_lifetime", "no_invalidation", "cache_bypassed", "redis_lost", "pool_exhausted"}
_TELL = "import socket; s = socket.create_connection(('127.0.0.1', {port})); s.sendall(b'{line}\\n'); s.recv(5)"


@pytest.fixture(scope="module")
def deployment() -> Iterator[dict[str, Any]]:
    """A target on those servers, through relays; its ready file, and the process of its Redis."""
    with debian.postgres() as database_url, debian.redis_server() as (redis_url, pid):
        options = ("--database-url", database_url, "--redis-url", redis_url, "--messages", "2000", "--relay")
        with target(*options) as ready:
            yield ready | {"redis_pid": pid}


def told(ready: dict[str, Any], line: str) -> str:
    """The command that sends `line` to the target's relays."""
    return shlex.join([sys.executable, "-c", _TELL.format(port=ready["relay"], line=line)])


def test_the_patterns_that_must_not_be_found_exist() -> None:
    assert {rule.id for rule in RULES} >= BROKEN


def test_debian_servers_give_the_same_figures(tmp_path: Path, deployment: dict[str, Any]) -> None:
    urls = {"DATABASE_URL": deployment["database_url"], "REDIS_URL": deployment["redis_url"]}
    ran = run(tmp_path, "load", "--users", "12", "--duration", "10s", "--ramp", "2s", HOST=deployment["url"], **urls)
    assert ran.code == 0, ran.output
    summary = ran.document.split("### NFR Targets")[1].split("**Legend**")[0]
    assert "⏳" not in summary and "**Database**: PostgreSQL 1" in ran.document and "Redis 7" in ran.document
    assert (
        not {finding["id"] for finding in ran.result["findings"]} & BROKEN
        and "old entries were deleted, and the next reads were fresh" in ran.document
    )
    assert "All 8 indexes that the NFR document asks for exist." in ran.document
    assert (
        "Statements by their share of PostgreSQL's time" in ran.details
        and "same hits and misses as Redis: they agree." in ran.document
    )
    assert "By the backend's own count" in ran.document and "fragmentation" in ran.document
    database = ran.row("PROBE message page query")
    assert database["failures"] == 0 and 0 < database["p95"] < 100
    for gauge in ("database connections", "cache memory", "cache fragmentation", "postgres sockets", "redis sockets"):
        assert ran.row(f"GAUGE {gauge}")["maximum"] > 0, gauge


def test_cut_refused_and_lost_servers_are_named_and_the_run_completes(
    tmp_path: Path, deployment: dict[str, Any]
) -> None:
    wrong = deployment["database_url"].replace(debian.PASSWORD, "not-the-password")
    cuts = ("--part", "provider", "--part", "redis", "--gone", "3s", "--recovery", "3s")
    provider = [f"provider={told(deployment, line + ' provider')}" for line in ("cut", "give-back")]
    redis = [f"redis=kill -9 {deployment['redis_pid']}", "redis=true"]  # for good
    words = [word for cut, back in (provider, redis) for word in ("--cut", cut, "--give-back", back)]
    ran = run(
        tmp_path, "failures", *cuts, *words, "--users", "20", "--mix", "4:2:14", "--duration", "6s", "--ramp", "2s",
        HOST=deployment["url"], DATABASE_URL=wrong, REDIS_URL=deployment["redis_url"],
    )  # fmt: skip
    assert ran.folder is not None and ran.result["info"]["ended"] and ran.result["outcome"] != "void", ran.output
    section = ran.document.split("### Failure and recovery")[1].split("\n---")[0]
    names = [
        line.split(" | ")[0].strip("| ") for line in section.splitlines() if line.startswith(("| The", "| Redis |"))
    ]
    assert names[:2] == ["The provider", "Redis"] and "error in stream" in section and "explicit error" in section
    assert [v["id"] for v in ran.result["verdicts"] if v["id"].startswith("recovery_")] == [
        "recovery_provider",
        "recovery_redis",
    ]
    findings = {finding["id"] for finding in ran.result["findings"]}
    assert "redis_lost" in findings and "Redis was cut off during the run." in ran.document
    database = next(v for v in ran.result["verdicts"] if v["id"] == "db_query_p95")
    assert database["outcome"] == "pending" and "password authentication failed" in database["reason"]
    kept = [path for path in ran.folder.rglob("*") if path.is_file()]
    assert not [path for path in kept if b"not-the-password" in path.read_bytes()]
    assert "not-the-password" not in ran.output and "Traceback" not in ran.output
