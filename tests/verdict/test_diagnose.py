"""Each pattern by the thing that was done, and none where all is well."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from reznet_load.core.measurement import Row
from reznet_load.core.nfr import load_requirements
from reznet_load.core.run import Caution, Verdict
from reznet_load.core.system.resources import resource
from reznet_load.drive.selftest import CASES
from reznet_load.target.faults.names import FAULTS
from reznet_load.verdict.diagnosis.diagnose import RULES, diagnose
from reznet_load.verdict.diagnosis.evidence import Evidence, gather
from reznet_load.verdict.samples import Series
from tests.builders import ORIGIN, info

PAGE = "SELECT id, content FROM messages WHERE channel_id = $1 ORDER BY created_at DESC LIMIT $2"
GOOD: dict[str, Any] = {
    "before": {"postgres": {"indexes_missing": []}, "redis": {"version": "Valkey 9"}},
    "after": {
        "postgres": {
            "plans": {"agent list": {"rows_read": 5, "rows_returned": 5.0}},
            "statements": [{"query": PAGE, "calls": 120, "mean_ms": 1.0}],
        },
        "redis": {
            "lifetimes": [{"key": "agents", "stated": 1800, "seen": 1799}],
            "invalidation": [{"what": "one", "key": "k", "gone": True, "fresh": True, "ttl": 3599, "stated": 3600}],
        },
    },
}  # fmt: skip
NOTES = {"provider": "anthropic (simulated)", "agents": "backend, qa, frontend"}


def row(key: str, mean: float, unit: str = "%", count: int = 100, **more: Any) -> Row:
    return Row(key=key, phase="steady", unit=unit, count=count, mean=mean, p50=mean, p95=mean, maximum=mean, **more)


ROWS = {
    one.key: one
    for one in (
        row("PROBE agent list without query", 100.0), row("PROBE cache read", 95.0, count=300),
        row("GAUGE database connections", 12, "connections"), row("GAUGE database idle in transaction", 0, "connections"),
        row("GAUGE target cpu", 35.0), row("GAUGE compression negotiated", 100.0),
        row("CHAT agent turn", 1050.0, "ms", 200), row("CHAT first token", 260.0, "ms", 200),
        row("CHAT chunk gap", 20.0, "ms", 8000), row("COUNT reply chunks", 40, "chunks", 200),
        row("CHAT echo", 3.0, "ms", 500), row("CHAT ping", 1.0, "ms", 300),
        row("PROBE anthropic first text", 250.0, "ms", 40), row("PROBE anthropic first byte", 3.0, "ms", 40),
        row("PROBE anthropic gap", 20.0, "ms", 1600), row("PROBE anthropic reply", 1040.0, "ms", 40),
        row("COUNT query count GET /api/channels/{id}/messages", 1.0, "statements", 110),
    )
}  # fmt: skip


def series(key: str, start: np.ndarray, value: np.ndarray, unit: str = "ms") -> Series:
    zeros = np.zeros(len(start), np.uint16)
    nothing = np.full(len(start), np.nan, np.float32)
    return Series(key, unit, ORIGIN + 10 + start, value.astype(np.float32), nothing, zeros, zeros, ("",))


def events(a_second: float) -> Series:
    """Events received by the one process of a run of 60 s, each second."""
    return series("GAUGE events received", np.arange(60) + 0.5, np.full(60, a_second), "count")


def answers(rng: np.random.Generator, blocked: bool = False, jitter: float = 0.0) -> dict[str, Series]:
    """Pings, echoes and REST calls of 60 s: on a loop that stands still for 250 of 600 ms, or on a bad line."""
    found = {}
    for key, count in (("CHAT ping", 300), ("CHAT echo", 500), ("GET /health", 330), ("GET /api/agents", 330)):
        start = np.sort(rng.uniform(0, 60, count))
        value = rng.lognormal(np.log(1.5), 0.3, count)
        if blocked:
            into = start % 0.6
            value += np.where(into < 0.25, (0.25 - into) * 1000, 0.0)
        value += np.where(rng.random(count) < 0.3, rng.exponential(jitter, count) + 40, 0.0) if jitter else 0.0
        found[key] = series(key, start, value)
    return found


HEALTHY_SERIES = answers(np.random.default_rng(1)) | {
    "GAUGE events received": events((200 * 46 + 2 * 500 + 300) / 60),
    "GAUGE loop lag": series("GAUGE loop lag", np.linspace(0, 59.9, 1200), np.full(1200, 0.5)),
}


def healthy(**changes: Any) -> Evidence:
    """Evidence of a good run, `rows` and `series` laid over it, the rest into what is known of the run."""
    rows, more = ROWS | changes.pop("rows", {}), HEALTHY_SERIES | changes.pop("series", {})
    rows = {key: one for key, one in rows.items() if one is not None}
    return gather(info(**({"probes": GOOD, "notes": NOTES} | changes)), tuple(rows.values()), more)


def changed(*path: object, value: object) -> dict[str, Any]:
    """GOOD with the value at `path` another."""
    facts = copy.deepcopy(GOOD)
    place: Any = facts
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return facts


def found(evidence: Evidence) -> list[str]:
    return [finding.id for finding in diagnose(evidence)]


def test_a_healthy_run_has_no_finding() -> None:
    assert diagnose(healthy()) == () and diagnose(gather(info(), ())) == ()


@pytest.mark.parametrize(
    ("facts", "id", "named"),
    [
        (changed("before", "postgres", "indexes_missing", value=["idx_a"]), "missing_index", "idx_a"),
        (changed("after", "redis", "lifetimes", 0, "seen", value=-1), "wrong_lifetime", "for ever"),
        (changed("after", "redis", "lifetimes", 0, "seen", value=7200), "wrong_lifetime", "7200 s"),
        (changed("after", "redis", "invalidation", 0, "ttl", value=60), "wrong_lifetime", "lives 60 s"),
        (changed("after", "redis", "invalidation", 0, "gone", value=False), "no_invalidation", "k"),
        (changed("after", "redis", "invalidation", 0, "fresh", value=False), "no_invalidation", "k"),
    ],
)
def test_what_a_probe_found_is_named(facts: dict, id: str, named: str) -> None:
    (one,) = diagnose(healthy(probes=facts))
    assert one.id == id and named in one.text + one.evidence


UNCACHED = {"PROBE agent list without query": row("PROBE agent list without query", 3.0)}
IDLE = {"GAUGE database idle in transaction": row("GAUGE database idle in transaction", 11, "connections")}
RESTING = {"GAUGE target cpu": row("GAUGE target cpu", 3.0)}
ZERO = {
    "COUNT query count GET /api/channels/{id}/messages": row("COUNT query count GET /api/channels/{id}/messages", 0.0)
}
BUSY = "busy: the agent answers somebody else, no reply will come"


def turns(count: int, failures: int, text: str) -> dict[str, Row]:
    return {"CHAT agent turn": row("CHAT agent turn", 1050.0, "ms", count, failures=failures, errors={text: failures})}


@pytest.mark.parametrize(
    ("rows", "id", "named"),
    [
        (UNCACHED | {"PROBE cache read": None}, "cache_bypassed", "no read at all"),
        (UNCACHED | {"PROBE cache read": row("PROBE cache read", 5.0, count=300)}, "cold_cache", "300 reads 5 %"),
        (IDLE | RESTING, "pool_exhausted", "92 % of 12"),
        (turns(150, 50, BUSY), "agents_one_at_a_time", "14 users asked 3 agents"),
        (turns(150, 30, "error: x (rate limited)"), "provider_limiting", "30 of 180"),
        (turns(150, 30, "error: x (overloaded)"), "provider_limiting", "30 of 180"),
        ({"GAUGE compression negotiated": row("GAUGE compression negotiated", 0.0)}, "compression_off", "0 %"),
        (ZERO, "instrument_lies", "120 message pages"),
        (
            {"PROBE anthropic first text": row("PROBE anthropic first text", 800.0, "ms", 40),
             "CHAT first token": row("CHAT first token", 815.0, "ms", 200)}, "provider_slow", "first text 800 ms",
        ),
        (
            {"PROBE anthropic gap": row("PROBE anthropic gap", 130.0, "ms", 400),
             "CHAT chunk gap": row("CHAT chunk gap", 131.0, "ms", 400)}, "provider_slow", "gap 130 ms",
        ),
    ],
)  # fmt: skip
def test_what_the_rows_show_is_named(rows: dict[str, Row | None], id: str, named: str) -> None:
    (one,) = diagnose(healthy(rows=rows))
    assert one.id == id and named in one.evidence


@pytest.mark.parametrize(
    "rows",
    [
        IDLE,  # the backend computes: its transactions are at work
        turns(9000, 5, BUSY), turns(30, 2, BUSY),  # too few to be a pattern
        turns(150, 30, "silence: no first token in time"),
        UNCACHED | {"PROBE agent list without query": row("PROBE agent list without query", 3.0, count=8)},
        # the provider is as fast as ever, the backend makes it late
        {"CHAT first token": row("CHAT first token", 900.0, "ms", 200)},
        # slow alone, but this run's users were far slower still: most of it is not the provider's
        {"PROBE anthropic first text": row("PROBE anthropic first text", 600.0, "ms", 40),
         "CHAT first token": row("CHAT first token", 2900.0, "ms", 200)},
        # one message page in a hundred asks PostgreSQL: a cache of the backend's own
        {"COUNT query count GET /api/channels/{id}/messages": row("COUNT query count GET …", 0.0, count=1000)},
    ],
)  # fmt: skip
def test_a_symptom_alone_is_no_finding(rows: dict[str, Row]) -> None:
    assert found(healthy(rows=rows)) == []


def test_a_blocked_loop_is_known_by_what_it_lets_go_at_once() -> None:
    (one,) = diagnose(healthy(series=answers(np.random.default_rng(2), blocked=True)))
    assert one.id == "loop_blocked" and "the backend used 35 % of a core" in one.evidence
    assert found(healthy(series=answers(np.random.default_rng(3), jitter=150.0))) == []  # a bad line is as late
    late = series("GAUGE loop lag", np.linspace(0, 59.9, 1200), np.full(1200, 80.0))
    mine = answers(np.random.default_rng(2), blocked=True) | {"GAUGE loop lag": late}
    assert found(healthy(series=mine)) == []  # the generator's own doing


@pytest.mark.parametrize(("times", "expected"), [(1.0, []), (3.0, []), (50.0, ["fan_out"])])
def test_fan_out_is_what_a_user_receives_of_others(times: float, expected: list[str]) -> None:
    own = (200 * 46 + 2 * 500 + 300) / 60
    assert found(healthy(series={"GAUGE events received": events(own * times)})) == expected


def test_a_lost_redis_is_named() -> None:
    assert found(healthy(cautions=(Caution("probe_lost_redis", "Redis went away", "look"),))) == ["redis_lost"]


def test_compression_that_was_not_offered_is_nobody_s_fault() -> None:
    off = {"GAUGE compression negotiated": row("GAUGE compression negotiated", 0.0)}
    assert found(healthy(rows=off, notes=NOTES | {"compression": "not offered"})) == []


def failing(id: str, value: float, key: str = "") -> Verdict:
    return Verdict(id, id, "fail", "ms", "", value=value, row=key, phase="steady")


def test_the_most_costly_comes_first() -> None:
    nfrs = load_requirements(resource("nfr.toml"))
    rows = turns(150, 30, "error: x (rate limited)") | {
        "PROBE anthropic first text": row("PROBE anthropic first text", 800.0, "ms", 40),
        "CHAT first token": row("CHAT first token", 1000.0, "ms", 200),
        "GAUGE compression negotiated": row("GAUGE compression negotiated", 0.0),
    }
    verdicts = (replace(failing("error_rate", 16.7), unit="%"), failing("ttfb_mean", 1000.0))
    judged = replace(healthy(rows=rows), verdicts=verdicts, nfrs={nfr.id: nfr for nfr in nfrs.nfrs})
    costs = {one.id: one.cost for one in diagnose(judged)}
    assert list(costs) == ["provider_limiting", "provider_slow", "compression_off"]
    assert costs == {"provider_limiting": 3.34, "provider_slow": 1.6, "compression_off": 0.0}


def proven(rule: str) -> list[Any]:
    return [case for case in CASES if rule in case.findings]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_is_data_and_has_a_fault_of_the_target_that_proves_it(rule: Any) -> None:
    assert rule.text and rule.evidence and rule.advice and rule.area in ("Database", "Caching", "LLM", "Infrastructure")
    assert set(rule.about) <= {nfr.id for nfr in load_requirements(resource("nfr.toml")).nfrs}
    name = rule.fault.removeprefix("--fault ")
    assert name in FAULTS or not rule.fault.startswith("--fault")
    assert any(rule.fault in case.target for case in proven(rule.id)), f"no selftest case runs {rule.fault}"


def test_rules_have_ids_of_their_own() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES) and not [
        rule for rule in RULES if rule.id.startswith("time_")
    ]
