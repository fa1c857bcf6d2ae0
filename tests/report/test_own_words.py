"""What the target reports about itself next to what its servers report: agreement, disagreement, silence."""

from __future__ import annotations

from typing import Any

import pytest

from reznet_load.core.measured.measurement import Row
from reznet_load.core.nfr import load_requirements
from reznet_load.core.profile import Phase
from reznet_load.core.run import RunResult
from reznet_load.core.system.resources import resource
from reznet_load.report.details import processes
from reznet_load.report.parts.target_counters import cache_remark, pool_waits
from reznet_load.report.sections import s2_database
from reznet_load.report.view import View
from tests.builders import ORIGIN, info


def probed(need: str, before: dict[str, Any], after: dict[str, Any]) -> Any:
    return info(probes={"before": {need: before}, "after": {need: after}})


@pytest.mark.parametrize(
    ("own", "redis", "says"),
    [
        ((900, 100), (905, 101), "they agree."),
        ((450, 50), (900, 100), "others read this Redis too, or the target has several processes"),
        ((1800, 200), (900, 100), "counts reads that Redis never saw"),
    ],
)
def test_a_remark_is_made_if_target_and_redis_disagree(own: tuple, redis: tuple, says: str) -> None:
    before = {"cache": {"hits": 10, "misses": 5}}
    after = {"cache": {"hits": 10 + own[0], "misses": 5 + own[1]}, "hits": redis[0], "misses": redis[1]}
    assert says in cache_remark(probed("redis", before, after))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, {"hits": 1, "misses": 1}),  # v2 does not say
        # restarted
        ({"cache": {"hits": 10, "misses": 5}}, {"cache": {"hits": 1, "misses": 1}, "hits": 1, "misses": 1}),
        ({"cache": {"hits": 1, "misses": 1}}, {"cache": {"hits": 2, "misses": 2}}),  # Redis was restarted
    ],
)
def test_counters_that_cannot_be_compared_give_no_remark(before: dict, after: dict) -> None:
    assert cache_remark(probed("redis", before, after)) == ""


def test_waits_are_differences_over_the_run() -> None:
    before = {"pool": {"requests_num": 100, "pool_available": 10}}
    after = {"pool": {"requests_num": 1100, "requests_queued": 50, "requests_wait_ms": 200, "pool_available": 0}}
    waits = pool_waits(probed("postgres", before, after))
    assert waits is not None and waits.text == "50 of 1 000 (5.0 %), 4.00 ms on average"
    assert pool_waits(probed("postgres", {"pool": {}}, after)) is None
    assert pool_waits(probed("postgres", after, before)) is None


def test_a_plan_that_changed_is_shown_before_and_after() -> None:
    plan = {"nodes": ["Limit", "Seq Scan"], "indexes": [], "sequential": ["messages"], "rows_read": 9, "rows_returned": 1,
            "buffers": 1, "ms": 1.0}  # fmt: skip
    later = plan | {"nodes": ["Limit", "Index Scan"], "indexes": ["i"]}
    run = probed("postgres", {"plans": {"page": plan}}, {"plans": {"page": later}})
    (line,) = s2_database.plans(view_of(run))
    assert line["plan"] == "before: Limit ← Seq Scan; after: Limit ← Index Scan"


def view_of(run: Any, rows: tuple[Row, ...] = ()) -> View:
    return View(RunResult("pass", 0, run, rows), load_requirements(resource("nfr.toml")), {"large": None})


def test_sessions_are_shown_by_state_next_to_the_limit() -> None:
    def gauge(name: str, maximum: float, unit: str = "connections") -> Row:
        return Row(f"GAUGE database {name}", "steady", unit, 60, mean=1.0, maximum=maximum, p50=1.0)

    rows = (
        gauge("connections", 12), gauge("connections active", 3), gauge("connections idle", 11), gauge("idle in transaction", 2),
        gauge("longest idle in transaction", 1500, "ms"), gauge("waiting on locks", 1), gauge("connections elsewhere", 4),
    )  # fmt: skip
    run = probed("postgres", {"max_connections": 200}, {"deadlocks": 1})
    told = " ".join(s2_database.from_postgres(view_of(run, rows)))
    assert (
        "At most 12 connections were open, of 200 that PostgreSQL allows, and 4 more to other databases of that server. "
        "At most 2 were idle in a transaction and at most 1 waited on a lock (read once a second)."
    ) in told
    assert "The longest idle in transaction lasted 1 500 ms." in told and "1 deadlock during the run." in told


def test_processes_are_shown_by_phase_where_a_run_has_several() -> None:
    one, two = Phase("before", ORIGIN, ORIGIN + 9, 5, True), Phase("redis cut", ORIGIN + 9, ORIGIN + 12, 5, False)
    rows = (
        Row("GAUGE target cpu", "before", "%", 9, mean=12.0, maximum=20.0),
        Row("GAUGE target sockets", "redis cut", "sockets", 3, mean=50.0, maximum=51.0),
    )
    first, second = processes.by_phase(view_of(info(phases=(one, two)), rows))
    assert (first["phase"], first["cpu"], first["cpu_max"], first["sockets"]) == ("before", "12.0 %", "20.0 %", "-")
    assert (second["phase"], second["sockets"]) == ("redis cut", "51 sockets")
    assert processes.by_phase(view_of(info(), rows)) == []
