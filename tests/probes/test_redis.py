"""The Redis probe with a real server: its own calls do not count, and invalidation is proven or refuted."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest
import redis

from reznet_load.core.settings.settings import Settings
from reznet_load.deployment.api import Api
from reznet_load.dialects.every import DEFAULT, by_name
from reznet_load.probes.probe import Notes, ProbeError
from reznet_load.probes.reznet.redis import RezNetRedis
from tests.live.stack import target
from tests.probes.test_postgres import seen


def probe_of(ready: dict[str, Any], notes: Notes | None = None) -> RezNetRedis:
    settings = Settings(host=ready["url"], redis_url=ready["redis_url"])
    return RezNetRedis(settings, notes or Notes(), by_name(ready["dialect"]))


def test_hits_and_misses_exclude_the_probes_own(stack: dict[str, Any]) -> None:
    notes = Notes()
    probe = probe_of(stack, notes)
    probe.open()
    look, round_trips, lifetimes = (task.act for task in probe.tasks())
    look(time.time())
    for _ in range(5):
        round_trips(time.time())
        lifetimes(time.time())
    look(time.time())
    assert "cache read" not in (own := seen(notes)) and len(own["cache GET"]) == 5
    assert min(own["cache fragmentation"]) > 0 and min(own["cache keys"]) > 0 and set(own["cache evictions"]) == {0.0}
    with redis.Redis.from_url(stack["redis_url"]) as client:
        client.set("reznet:test", "x")
        for key in ("reznet:test", "reznet:test", "reznet:test", "reznet:nothing"):
            client.get(key)
        client.delete("reznet:test")
        look(time.time())
        values = seen(notes)
        after = probe.close()
        assert after["lifetimes"] and after["keys"] > 0 and after["memory"] > 0 and after["fragmentation"] > 0
        assert (after["hits"], after["misses"]) == (3, 1) and after["cache"].keys() >= {"hits", "misses"}
        assert not client.keys("reznet-load:probe:*")
    assert sorted(values["cache read"]) == [0.0, 100.0, 100.0, 100.0]


def test_invalidation_and_lifetimes_are_proven(stack: dict[str, Any]) -> None:
    probe = probe_of(stack)
    probe.open()
    proofs = probe.close()["invalidation"]
    assert [(p["what"], p["gone"], p["fresh"]) for p in proofs] == [
        ("one agent", True, True),
        ("the agent list", True, True),
    ]
    assert all(p["stated"] - 5 <= p["ttl"] <= p["stated"] for p in proofs)


def test_a_restarted_redis_gives_no_counts_for_the_run(stack: dict[str, Any]) -> None:
    probe = probe_of(stack)
    probe.open()
    assert probe._first is not None
    probe._first = replace(probe._first, servers=("another",))
    assert "hits" not in probe.close()


def test_missing_invalidation_and_long_lifetimes_are_detected() -> None:
    with target("--messages", "200", "--fault", "no-invalidation", "--fault", "wrong-lifetime") as ready:
        probe = probe_of(ready)
        probe.open()
        proofs = {p["what"]: p for p in probe.close()["invalidation"]}
    assert not proofs["the agent list"]["gone"] and not proofs["the agent list"]["fresh"]
    assert proofs["one agent"]["ttl"] > proofs["one agent"]["stated"]


def test_a_refused_address_gives_a_reason_without_its_password() -> None:
    probe = RezNetRedis(Settings(redis_url="redis://:not-the-password@127.0.0.1:1/0"), Notes(), DEFAULT)
    with pytest.raises(ProbeError, match="REDIS_URL: ") as refused:
        probe.open()
    assert "not-the-password" not in str(refused.value)


@pytest.mark.parametrize(
    ("options", "gone"),
    [
        (("--dialect", "v1"), True),  # its `activate` of an active agent writes nothing: `updated_at` stays
        (("--dialect", "v2"), True),
        (("--dialect", "v2", "--fault", "no-op-update"), True),
        (("--dialect", "v1", "--fault", "no-invalidation"), False),
        (("--dialect", "v2", "--fault", "no-invalidation"), False),
    ],
)
def test_invalidation_is_proven_by_keys_or_by_a_change_that_is_reverted(options: tuple[str, ...], gone: bool) -> None:
    with target("--messages", "200", *options) as ready:
        probe = probe_of(ready)
        probe.open()
        api = Api(Settings(host=ready["url"]))
        before = {one["id"]: one for one in api.call("GET", "/api/agents").body}
        proofs = probe.close()["invalidation"]
        with redis.Redis.from_url(ready["redis_url"]) as client:
            client.flushall()
        after = {one["id"]: one for one in api.call("GET", "/api/agents").body}
    assert [(one["gone"], one["fresh"]) for one in proofs] == [(gone, gone)] * 2
    assert all(one["is_active"] for one in after.values()) and before.keys() == after.keys()
    if gone and options != ("--dialect", "v2"):  # proven by the keys alone: nothing was written
        assert {one["updated_at"] for one in after.values()} == {one["updated_at"] for one in before.values()}
