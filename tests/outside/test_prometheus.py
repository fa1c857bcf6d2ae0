"""A run of a minute in a real Prometheus that looks each second: what it keeps is what `result.json` says."""

from __future__ import annotations

import math
import os
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg
import pytest

from reznet_load.core.system.machine import free_port
from tests.deploy.test_deploy import queries
from tests.live.stack import end, start, target
from tests.outside.prometheus import Prometheus, program, running
from tests.scraped import PREFIX

pytestmark = pytest.mark.outside
CONNECTIONS = 'reznet_load_verdict{nfr="db_connections"}'
REQUIRED = '[[nfr]]\nid = "db_connections"\nrequired = true\n'  # the rule alerts on required ones alone


def test_a_run_in_prometheus(tmp_path: Path) -> None:
    binary = program(Path(os.environ.get("REZNET_LOAD_OUTSIDE", tmp_path)) / "prometheus")
    if binary is None:
        pytest.skip("no prometheus here, and no apt-get to take it from")
    port = free_port()
    with ExitStack() as stack:
        ready = stack.enter_context(target())
        prometheus = stack.enter_context(running(binary, tmp_path, port))
        where = {"HOST": ready["url"], "DATABASE_URL": ready["database_url"], "REDIS_URL": ready["redis_url"]}
        (tmp_path / "nfr.toml").write_text(REQUIRED)
        words = (
            "load",
            "--users",
            "20",
            "--duration",
            "60s",
            "--metrics-port",
            str(port),
            "--nfr",
            str(tmp_path / "nfr.toml"),
        )
        process = start(tmp_path / "reports", *words, **where)
        prometheus.wait(CONNECTIONS, lambda values: bool(values) and values[0] > 0, 60)
        prometheus.wait('reznet_load_phase{phase="steady"} == 1', bool, 40)
        time.sleep(10)  # of a good run, which the dashboard's queries are to find
        for query in queries():
            if not query.startswith("label_values"):
                found = prometheus.ask(query.replace("$instance", ".*").replace("$__rate_interval", "10s"))
                assert found or "== 0" in query or "void" in query or "> 0" in query or 'job="target"' in query, query
        assert (
            prometheus.ask('ALERTS{alertname="ReznetLoadVerdictFailed",alertstate="firing",nfr="db_connections"}') == []
        )
        with ExitStack() as held:  # the fault: someone takes every connection that is left
            for _ in range(100):
                held.enter_context(psycopg.connect(ready["database_url"]))
            prometheus.wait(CONNECTIONS, lambda values: values == [0.0], 40)
            prometheus.wait('ALERTS{alertstate="firing",nfr="db_connections"}', bool, 10)
        ran = end(process, tmp_path / "reports", 180)
        prometheus.wait(f'up{{instance="127.0.0.1:{port}"}}', lambda values: values == [0.0], 10)
        counts = {
            (one["row"], one["phase"], one["outcome"]): value
            for one, value in prometheus.ask("last_over_time(reznet_load_operations_total[10m])")
        }
        rows = [row for row in ran.result["rows"] if row["unit"] == "ms" and not row["key"].startswith("GAUGE ")]
        assert sum(row["count"] for row in rows) > 1000
        for row in rows:
            for outcome, field in (("success", "count"), ("failure", "failures"), ("cut_off", "cut_off")):
                assert counts.get((row["key"], row["phase"], outcome), 0) == row[field], (
                    row["key"],
                    row["phase"],
                    outcome,
                )
        for one in ran.result["verdicts"]:
            name = f'{PREFIX}verdict{{nfr="{one["id"]}",phase="{one["phase"]}"}}'
            ((_, value),) = prometheus.ask(f"last_over_time({name}[10m])")
            assert value == {"pass": 1.0, "fail": 0.0}.get(one["outcome"], 0.5), one["id"]
        for row in rows:
            check_quantiles(prometheus, row)


def check_quantiles(prometheus: Prometheus, row: dict[str, Any]) -> None:
    """p50 and p95 of the judged phase as Prometheus interpolates them are in the bucket that holds ours."""
    chosen = f'{{row="{row["key"]}",phase="{row["phase"]}"}}'.replace("\\", "\\\\")
    buckets = prometheus.ask(f"last_over_time({PREFIX}operation_seconds_bucket{chosen}[10m])")
    edges = sorted(float(labels["le"]) for labels, _ in buckets)
    for quantile, field in ((0.5, "p50"), (0.95, "p95")):
        if row[field] is None or row["count"] < 100:  # of few samples a rank is no quantile
            continue
        ((_, found),) = prometheus.ask(
            f"histogram_quantile({quantile}, last_over_time({PREFIX}operation_seconds_bucket{chosen}[10m]))"
        )
        upper = next(edge for edge in edges if row[field] / 1000 <= edge * (1 + 1e-6))
        lower = max((edge for edge in edges if edge < upper), default=0.0)
        slack = 1 / row["count"]  # nearest rank and interpolation may stand a sample apart, on two sides of an edge
        assert lower * (1 - 1e-6) <= found <= upper * (1 + 1e-6) or math.isclose(found, upper, rel_tol=slack), (
            row["key"],
            field,
        )
