"""What probes leave becomes what the document says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reznet_load.core.folder import FACTS
from reznet_load.core.measured.measurement import Row
from reznet_load.core.nfr import load_requirements
from reznet_load.core.phases.outages import outage
from reznet_load.core.run import RunResult
from reznet_load.core.system.resources import resource
from reznet_load.report.parts.postgres_lines import statements
from reznet_load.report.render import render, render_details
from reznet_load.report.sections.s4_cache import from_redis as redis
from reznet_load.report.view import View
from reznet_load.result.assemble import assemble, judge_folder
from reznet_load.result.probed import lay_in
from tests import builders

REQUIREMENTS = load_requirements(resource("nfr.toml"))

PLAN = {
    "nodes": ["Limit", "Seq Scan"], "indexes": [], "sequential": ["messages"], "rows_read": 50_000, "rows_returned": 50.0,
    "buffers": 900, "ms": 41.5,
}  # fmt: skip
FACTS_OF_A_RUN = {
    "has": ["postgres", "redis"], "lacks": {}, "lost": {},
    "before": {"postgres": {"version": "16.4", "max_connections": 100, "indexes": [], "indexes_missing": ["idx_a"],
                            "plans": {"message page": PLAN}}, "redis": {"version": "Redis 7.2.5"}},
    "after": {
        "postgres": {"plans": {"message page": PLAN}, "deadlocks": 2, "buffer_hit_percent": 97.5, "indexes_unused": [],
                     "statements": [{"query": "SELECT a | b", "calls": 10, "mean_ms": 1.5, "rows_a_call": 2.0,
                                     "share_percent": 80.0}], "statements_missing": ""},
        "redis": {"hits": 90, "misses": 10, "evictions": 3, "fragmentation": 1.1, "lifetimes": [], "invalidation": [
            {"what": "one agent", "key": "agents:1", "gone": False, "fresh": False, "ttl": 100, "stated": 3600}]},
    },
}  # fmt: skip


def folder(tmp_path: Path, facts: dict) -> Path:
    rows, units = builders.healthy()
    made = builders.write_run(tmp_path / "run", rows, units)
    (made / FACTS).write_text(json.dumps(facts))
    return made


def test_the_document_shows_plans_statements_servers_and_findings(tmp_path: Path) -> None:
    made = folder(tmp_path, FACTS_OF_A_RUN)
    run = judge_folder(made)
    result, text = run.result, render(run) + render_details(run)
    assert "> **Database**: PostgreSQL 16.4, Redis 7.2.5" in text
    assert "| the newest message page | Limit ← Seq Scan | none: reads all of messages | 50000 for 50 |" in text
    assert "`SELECT a &#124; b`" in text and "2 deadlocks" in text and "3 evicted" not in text  # no gauge, no sentence
    assert [finding.id for finding in result.findings] == ["missing_index", "no_invalidation"]
    assert "**Missing index: idx_a.**" in text and "*Evidence*: Message page reads 50000 rows for 50." in text
    assert "did NOT reach the cache" in text


@pytest.mark.parametrize(
    ("memory", "says"), [(1.2, "1.20 MB → 2.40 MB, 1 key → 9 keys."), (99.0, "fragmentation 5.75 → 1.20.")]
)
def test_fragmentation_is_reported_only_for_enough_memory(memory: float, says: str) -> None:
    ends = {"before": (memory, 1, 5.75), "after": (2 * memory, 9, 1.2)}
    facts = {
        when: {"redis": dict(zip(("memory", "keys", "fragmentation"), end, strict=True))} for when, end in ends.items()
    }
    rows = tuple(
        Row(f"GAUGE cache {name}", "steady", unit, 60, 0, maximum=1.0)
        for name, unit in (("memory", "MB"), ("keys", "keys"))
    )
    result = RunResult("pass", 0, builders.info(probes=facts), rows)
    text = redis(View(result, REQUIREMENTS, {}))[0]
    assert "1 key were in memory" in text and text.endswith(says) and ("fragmentation" in text) == (memory > 2)


@pytest.mark.parametrize(
    "query", ["SELECT 1", "SELECT " + ", ".join(f"column_{n}" for n in range(99)), "SELECT " + "x" * 300]
)
def test_a_long_statement_is_cut_between_words_and_says_so(query: str) -> None:
    facts = {"after": {"postgres": {"statements": [
        {"query": query, "calls": 1, "mean_ms": 1.0, "rows_a_call": 1.0, "share_percent": 1.0}
    ]}}}  # fmt: skip
    shown = statements(View(RunResult("pass", 0, builders.info(probes=facts)), REQUIREMENTS, {}))[0]["query"]
    if shown != query:
        assert shown.endswith(" …") and query.split()[: len(shown.split()) - 1] == shown.split()[:-1]
    assert len(shown) <= 160 and shown.startswith("SELECT") and (shown == query) == (len(query) <= 160)


def test_a_refused_address_is_pending_with_its_reason_and_a_caution(tmp_path: Path) -> None:
    facts = FACTS_OF_A_RUN | {"has": [], "lacks": {"postgres": "DATABASE_URL: password authentication failed"}}
    result = assemble(folder(tmp_path, facts))
    found = next(v for v in result.verdicts if v.id == "db_query_p95")
    assert (found.outcome, found.counts) == ("pending", False) and "password authentication" in found.reason
    assert "probe_refused_postgres" in {caution.id for caution in result.cautions}
    assert result.outcome == "pass"


def test_a_server_lost_during_the_run_is_a_caution(tmp_path: Path) -> None:
    result = assemble(folder(tmp_path, FACTS_OF_A_RUN | {"lost": {"redis": "connection refused"}}))
    assert any(c.id == "probe_lost_redis" and "connection refused" in c.text for c in result.cautions)
    assert "redis_lost" in {finding.id for finding in result.findings}


def test_a_damaged_probes_file_is_ignored(tmp_path: Path) -> None:
    made = folder(tmp_path, {})
    (made / FACTS).write_text("{torn")
    assert lay_in(made, builders.info()) == builders.info()


def cautions(tmp_path: Path, facts: dict, **changes: object) -> dict[str, str]:
    """Text by id of what the probes' facts make."""
    made = folder(tmp_path, FACTS_OF_A_RUN | facts)
    return {one.id: one.text for one in lay_in(made, builders.info(**changes)).cautions}


def gap(since: float, until: float | None, why: str = "connection refused") -> dict:
    return {"since": builders.ORIGIN + since, "until": None if until is None else builders.ORIGIN + until, "why": why}


def test_a_server_that_was_away_and_came_back_is_named_with_the_time(tmp_path: Path) -> None:
    found = cautions(tmp_path, {"away": {"postgres": [gap(12, 26)], "processes": [gap(3, 4, "it has ended")]}})
    assert found == {
        "probe_away_postgres": "PostgreSQL did not answer from 14:13:32 to 14:13:46 UTC (connection refused); judged on what "
        "was measured.",
        "probe_away_processes": "The processes could not be seen from 14:13:23 to 14:13:24 UTC (it has ended); judged on what "
        "was measured.",
    }
    often = cautions(tmp_path, {"away": {"redis": [gap(n, n + 2) for n in range(0, 50, 10)]}})["probe_away_redis"]
    assert often.count("from") == 3 and "and 2 times more, 10s in all (connection refused)" in often


def test_a_server_that_never_came_back_is_lost_from_then_on(tmp_path: Path) -> None:
    found = cautions(tmp_path, {"lost": {"redis": "gone"}, "away": {"redis": [gap(1, 5), gap(30, None, "gone")]}})
    assert found["probe_lost_redis"] == "Redis went away at 14:13:50 UTC and did not come back: gone."
    assert found["probe_away_redis"].startswith("Redis did not answer from 14:13:21 to 14:13:25 UTC (")


def test_outages_made_by_the_run_are_no_caution(tmp_path: Path) -> None:
    cut = outage("redis", builders.ORIGIN + 30, builders.ORIGIN + 40, builders.ORIGIN + 130, 50)
    facts = {"away": {"redis": [gap(30.5, 41)], "postgres": [gap(30.5, 41)]}}
    assert list(cautions(tmp_path, facts, phases=(*builders.info().phases, *cut.phases))) == ["probe_away_postgres"]


def test_a_defect_of_a_probe_is_reported_as_such(tmp_path: Path) -> None:
    found = cautions(tmp_path, {"broken": {"redis": "the probe itself failed (redis.py:7): KeyError: 'hits'"}})
    assert found == {"probe_broken_redis": "Redis: the probe itself failed (redis.py:7): KeyError: 'hits'."}


def test_a_refused_query_is_reported(tmp_path: Path) -> None:
    found = cautions(tmp_path, {"refused": {"postgres": "PostgreSQL refused a probe's query: permission denied"}})
    assert found == {"probe_answered_no_postgres": "PostgreSQL refused a probe's query: permission denied."}
