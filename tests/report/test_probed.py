"""What probes leave becomes what the document says."""

from __future__ import annotations

import json
from pathlib import Path

from reznet_load.core.folder import FACTS
from reznet_load.report.assemble import assemble, requirements_of
from reznet_load.report.context import read
from reznet_load.report.probed import lay_in
from reznet_load.report.render import render
from tests import builders

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
    result = assemble(made)
    text = render(result, requirements_of(made), read(made))
    assert "> **Database**: PostgreSQL 16.4, Redis 7.2.5" in text
    assert "| message page | Limit ← Seq Scan | none: reads all of messages | 50000 for 50 |" in text
    assert "`SELECT a \\| b`" in text and "2 deadlocks" in text and "3 evicted" not in text  # no gauge, no sentence
    assert [finding.id for finding in result.findings] == ["missing_index", "no_invalidation"]
    assert "**Missing index: idx_a.** message page reads 50000 rows for 50." in text
    assert "did NOT reach the cache" in text


def test_a_refused_address_is_pending_with_its_reason_and_a_caution(tmp_path: Path) -> None:
    facts = FACTS_OF_A_RUN | {"has": [], "lacks": {"postgres": "DATABASE_URL: password authentication failed"}}
    result = assemble(folder(tmp_path, facts))
    found = next(v for v in result.verdicts if v.id == "db_query_p95")
    assert (found.outcome, found.counts) == ("pending", False) and "password authentication" in found.reason
    assert "probe_refused_postgres" in {caution.id for caution in result.cautions}
    assert result.outcome == "pass"


def test_a_server_lost_in_mid_run_is_a_caution(tmp_path: Path) -> None:
    result = assemble(folder(tmp_path, FACTS_OF_A_RUN | {"lost": {"redis": "connection refused"}}))
    assert any(c.id == "probe_lost_redis" and "connection refused" in c.text for c in result.cautions)
    assert "redis_lost" in {finding.id for finding in result.findings}


def test_a_damaged_file_of_the_probes_is_none(tmp_path: Path) -> None:
    made = folder(tmp_path, {})
    (made / FACTS).write_text("{torn")
    assert lay_in(made, builders.info()) == builders.info()
