"""What is advised for a slow database depends on what PostgreSQL was seen to do."""

from __future__ import annotations

from typing import Any

import numpy as np

from reznet_load.core.finding import Finding
from reznet_load.core.nfr import load_requirements
from reznet_load.core.run import Verdict
from reznet_load.core.system.resources import resource
from reznet_load.verdict import row_summary
from reznet_load.verdict.diagnosis.evidence import gather
from reznet_load.verdict.diagnosis.explain import explain
from reznet_load.verdict.samples import Series
from tests.builders import ORIGIN, info

QUERY = "PROBE agent list query"
CPU, WAITING, SESSIONS = "GAUGE postgres cpu", "GAUGE database waiting on locks", "GAUGE database connections"
LISTS = "PROBE agent list without query"


def steady(key: str, value: float, count: int = 60, unit: str = "ms") -> Series:
    """`count` times the same value, evenly over the steady minute."""
    zeros, nothing = np.zeros(count, np.uint16), np.full(count, np.nan, np.float32)
    start = ORIGIN + 10 + np.linspace(0.1, 59.9, count)
    return Series(key, unit, start, np.full(count, value, np.float32), nothing, zeros, zeros, ("",))


SLEEPS = {
    QUERY: steady(QUERY, 150.0, 300),
    CPU: steady(CPU, 1.8, unit="%"),
    WAITING: steady(WAITING, 0.0, unit="connections"),
    SESSIONS: steady(SESSIONS, 10.0, unit="connections"),
}
POSTGRES = {
    "before": {"postgres": {"indexes_missing": [], "max_connections": 100}},
    "after": {"postgres": {"plans": {"agent list": {}}}},
}


def finding(made: dict[str, Series], probes: dict[str, Any]) -> Finding:
    """Of a run in which the probe's query took 150 ms."""
    run = info(probes=probes)
    verdict = Verdict("db_query_p95", "Database", "fail", "ms", "", value=150.0, row=QUERY, phase="steady")
    requirements = load_requirements(resource("nfr.toml"))
    (one,) = explain(gather(run, row_summary.rows(made, run.phases), made, (verdict,), requirements))
    return one


def test_causes_measured_to_be_in_order_are_not_advised() -> None:
    one = finding(SLEEPS, POSTGRES)
    assert "what the statement waits for" in one.advice and "DETAILS.md" in one.advice
    assert not [word for word in ("locks", "indexes", "connections") if word in one.advice]


def test_locks_that_were_waited_for_are_advised() -> None:
    one = finding(SLEEPS | {WAITING: steady(WAITING, 3.0, unit="connections")}, POSTGRES)
    assert "locks" in one.advice and "Up to 3 connections waited for locks." in one.evidence


def test_unmeasured_causes_are_not_ruled_out() -> None:
    one = finding({QUERY: SLEEPS[QUERY]}, {})
    assert "Check indexes and locks (pg_blocking_pids) and connections, too." in one.advice
    assert one.advice.startswith("Find out what the statement spends its time on") and "DETAILS.md" not in one.advice


def test_a_database_that_computes_does_not_wait() -> None:
    assert "compute less" in finding(SLEEPS | {CPU: steady(CPU, 95.0, unit="%")}, POSTGRES).advice


def test_users_whose_agent_lists_were_cached_did_not_need_the_probe_s_query() -> None:
    one = finding(SLEEPS | {LISTS: steady(LISTS, 100.0, 40, "%")}, POSTGRES)
    assert (
        "No user waited for this query: all 40 requests for the agent list were answered from the cache" in one.evidence
    )
