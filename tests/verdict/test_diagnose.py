"""Each pattern by the thing that was done, and none where all is well."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reznet_load.core.measurement import Row
from reznet_load.core.run import Caution
from reznet_load.verdict.diagnose import RULES, diagnose
from tests.builders import info

GOOD = {
    "before": {"postgres": {"indexes_missing": []}},
    "after": {
        "postgres": {"plans": {"agent list": {"rows_read": 5, "rows_returned": 5.0}}},
        "redis": {
            "lifetimes": [{"key": "agents", "stated": 1800, "seen": 1799}],
            "invalidation": [{"what": "one", "key": "k", "gone": True, "fresh": True, "ttl": 3599, "stated": 3600}],
        },
    },
}  # fmt: skip


def row(key: str, mean: float, unit: str = "%") -> Row:
    return Row(key=key, phase="steady", unit=unit, count=100, failures=0, mean=mean, p50=mean, maximum=mean)


HEALTHY = (
    row("PROBE agent list without query", 100.0), row("PROBE cache read", 95.0),
    row("GAUGE database connections", 12, "connections"), row("GAUGE database idle in transaction", 0, "connections"),
    row("GAUGE target cpu", 20.0),
)  # fmt: skip


def changed(*path: object, value: object) -> dict:
    """GOOD with the value at `path` another."""
    import copy

    facts = copy.deepcopy(GOOD)
    place: object = facts
    for step in path[:-1]:
        place = place[step]  # type: ignore[index]
    place[path[-1]] = value  # type: ignore[index]
    return facts


def test_a_healthy_run_has_no_finding() -> None:
    assert diagnose(info(probes=GOOD), HEALTHY) == () and diagnose(info(), ()) == ()


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
    (found,) = diagnose(info(probes=facts), HEALTHY)
    assert found.id == id and named in found.text + found.evidence


def test_a_bypassed_cache_and_an_exhausted_pool_are_named() -> None:
    rows = {one.key: one for one in HEALTHY}
    bypassed = {**rows, "PROBE agent list without query": row("PROBE agent list without query", 3.0)}
    assert [f.id for f in diagnose(info(probes=GOOD), tuple(bypassed.values()))] == ["cache_unused"]
    idle = replace(rows["GAUGE database idle in transaction"], mean=11, p50=11)
    exhausted = {**rows, "GAUGE database idle in transaction": idle, "GAUGE target cpu": row("GAUGE target cpu", 3.0)}
    assert [f.id for f in diagnose(info(probes=GOOD), tuple(exhausted.values()))] == ["pool_exhausted"]
    busy = {**exhausted, "GAUGE target cpu": row("GAUGE target cpu", 90.0)}
    assert diagnose(info(probes=GOOD), tuple(busy.values())) == ()


def test_a_lost_redis_is_named() -> None:
    lost = Caution("probe_lost_redis", "Redis went away", "look")
    assert [f.id for f in diagnose(info(probes=GOOD, cautions=(lost,)), HEALTHY)] == ["redis_lost"]


def test_every_rule_says_what_it_looks_for() -> None:
    assert all(rule.__doc__ for rule in RULES)
