"""Redis under load: hits and misses, round trips, memory, and the times to live of the contract's keys.

Cost: five commands a second. Measured against the embedded Valkey 9 without load: 0.013 % of a core in commands, by
INFO commandstats; the whole server took 0.19 % then. Our own GETs raise its counters of hits: they are counted and taken off.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import redis

from reznet_load.core import rows
from reznet_load.core.failure_kinds import NO_ANSWER
from reznet_load.core.secrets import mask_text
from reznet_load.core.settings.settings import Settings
from reznet_load.core.system import clock
from reznet_load.deployment.api import Api
from reznet_load.dialects.every import by_name
from reznet_load.dialects.reznet import RezNet
from reznet_load.probes.invalidation import AgentLeftOff, NotProven, prove
from reznet_load.probes.probe import Notes, ProbedRun, ProbeError, ProbeRefused, ProbeTimeout, Task
from reznet_load.probes.target_counters import cache_counters

_MOST_READS = 2000  # samples a second for hits and misses; beyond it each stands for several
READS, LIFETIMES_SEEN = rows.CACHE_READ.key, "lifetimes"
# Rows that come from INFO alone.
_BY_INFO = (READS, rows.CACHE_MEMORY.key, rows.CACHE_KEYS.key, rows.CACHE_EVICTIONS.key, rows.CACHE_FRAGMENTATION.key)
_LOOK_EVERY, _LIFE_EVERY = 1.0, 5.0
_KEYS_OF_A_PATTERN, _MOST_SCANS = 20, 10
# What of the server's memory is read -> its row.
_SIZES = {
    "memory": rows.CACHE_MEMORY,
    "keys": rows.CACHE_KEYS,
    "evictions": rows.CACHE_EVICTIONS,
    "fragmentation": rows.CACHE_FRAGMENTATION,
}


class RedisProbe:
    """One connection, one key of its own that is removed."""

    name = "redis"

    def __init__(self, settings: Settings, notes: Notes, speaks: RezNet) -> None:
        self._api, self._notes, self._speaks = Api(settings), notes, speaks
        self._key = f"reznet-load:probe:{uuid.uuid4().hex}"
        self._lock = threading.Lock()  # a reading of the counters may not fall between a GET of ours and its count
        self._own_hits = self._own_misses = 0
        self._last: tuple[int, int] | None = None
        self._first: dict[str, Any] = {}  # of INFO; {} where this account may not read it
        self._hidden: dict[str, str] = {}
        self._longest: dict[str, int] = {}
        try:
            options: dict[str, Any] = {"socket_timeout": 5, "socket_connect_timeout": 5}
            self._client = redis.Redis.from_url(
                settings.redis_url, decode_responses=True, client_name="reznet-load-probe", **options
            )
        except ValueError as error:
            raise ProbeError(f"REDIS_URL: {mask_text(str(error))}") from None

    def _ask(self, *command: Any) -> Any:
        try:
            return self._client.execute_command(*command)
        except redis.TimeoutError as error:
            raise ProbeTimeout(f"REDIS_URL: {mask_text(str(error))[:200]}") from None
        except redis.ResponseError as error:
            raise ProbeRefused(f"Redis refused a probe's {command[0]}: {mask_text(str(error))[:200]}") from None
        except redis.RedisError as error:
            raise ProbeError(f"REDIS_URL: {mask_text(str(error))[:200]}") from None

    @classmethod
    def of_run(cls, run: ProbedRun) -> RedisProbe:
        """Of the run's settings."""
        facts = run.info().deployment
        return cls(run.settings, run.notes, by_name(facts.dialect, facts.moved))

    def open(self) -> dict[str, Any]:
        """Version, the counters that `close` compares with, and what this server hides. Raises ProbeError."""
        try:
            self._first = info = self._ask("INFO")
        except ProbeRefused as refused:
            self._first = info = {}
            self._hidden |= dict.fromkeys(_BY_INFO, f"{refused}; the account needs +info")
        missing = [field for field in ("keyspace_hits", "keyspace_misses") if info and field not in info]
        if missing:
            self._hidden[READS] = f"INFO of this server has no {' and no '.join(missing)}"
        for wanted, act, right in (
            ((rows.CACHE_GET.key, rows.CACHE_SET.key), self._own_key, "+get, +set, +del and the keys reznet-load:*"),
            ((LIFETIMES_SEEN,), self._scan, f"+scan, +ttl and to read the keys {self._speaks.cache.prefix}*"),
        ):
            try:
                act()
            except ProbeRefused as refused:
                self._hidden |= dict.fromkeys(wanted, f"{refused}; the account needs {right}")
        name = "Valkey" if "valkey_version" in info else "Redis"
        version = info.get("valkey_version") or info.get("redis_version") or "of unknown version"
        found = {"version": f"{name} {version}", "cache": cache_counters(self._api, self._speaks)}
        return found | self._sizes(info) | {"hidden": dict(self._hidden)}

    def _own_key(self) -> None:
        """May this account do to a key of ours what will be timed?"""
        self._ask("SET", self._key, "x", "EX", 60)
        self._ask("GET", self._key)
        self._count(True)
        self._ask("DEL", self._key)

    def _scan(self) -> None:
        self._ask("SCAN", 0, "COUNT", 1)
        self._count(self._ask("TTL", self._speaks.cache.agent_lists.replace("*", "active=True")) != -2)

    def hides(self, row: str) -> str:
        """Why `row` cannot be measured here, and what to do; empty where it can."""
        return self._hidden.get(row, "")

    def tasks(self) -> list[Task]:
        """Counters, round trips, lifetimes: those that this account may read."""

        def alone(act: Callable[[float], None]) -> Callable[[float], None]:
            def locked(due: float) -> None:
                with self._lock:
                    act(due)

            return locked

        wanted = (
            (self._first, _LOOK_EVERY, self.look),
            (rows.CACHE_GET.key not in self._hidden, _LOOK_EVERY, self.round_trips),
            (LIFETIMES_SEEN not in self._hidden, _LIFE_EVERY, self.read_lifetimes),
        )
        return [Task(every, alone(act)) for there, every, act in wanted if there]

    def look(self, _: float) -> None:
        """Hits and misses since the last look, and what is in memory; of each what the server tells."""
        info = self._ask("INFO")
        if READS not in self._hidden:
            self._note_reads(info)
        sizes = self._sizes(info)
        if "evicted_keys" in info and "evicted_keys" in self._first:
            sizes["evictions"] = info["evicted_keys"] - self._first["evicted_keys"]
        for name, row in _SIZES.items():
            if sizes.get(name) is not None:
                self._notes.gauge(row, sizes[name])

    def _note_reads(self, info: dict[str, Any]) -> None:
        hits, misses = info["keyspace_hits"] - self._own_hits, info["keyspace_misses"] - self._own_misses
        if self._last is not None:
            good, bad = max(hits - self._last[0], 0), max(misses - self._last[1], 0)
            shrink = max(1.0, (good + bad) / _MOST_READS)
            self._notes.share(rows.CACHE_READ, round(good / shrink), round(bad / shrink), clock.now())
        self._last = (hits, misses)

    def round_trips(self, _: float) -> None:
        """One SET and one GET of a key of our own."""
        for row, command in (
            (rows.CACHE_SET, ("SET", self._key, "x" * 200, "EX", 60)),
            (rows.CACHE_GET, ("GET", self._key)),
        ):
            began = time.perf_counter()
            try:
                found = self._ask(*command)
            except ProbeTimeout:
                self._notes.timed(row, (time.perf_counter() - began) * 1000, clock.now(), NO_ANSWER)
                raise
            self._notes.timed(row, (time.perf_counter() - began) * 1000, clock.now())
            if command[0] == "GET":
                self._count(found is not None)

    def _count(self, hit: bool) -> None:
        """A read of ours, which Redis counts as the application's."""
        self._own_hits += hit
        self._own_misses += not hit

    def read_lifetimes(self, _: float) -> None:
        """The longest time to live seen of each pattern."""
        for pattern in self._speaks.cache.lifetimes:
            for key in self._some_keys(pattern):
                left = self._ask("TTL", key)
                self._count(left != -2)
                if left != -2:
                    known = self._longest.get(pattern, 0)
                    self._longest[pattern] = -1 if left == -1 or known == -1 else max(known, left)

    def _some_keys(self, pattern: str) -> list[str]:
        """A few keys of a pattern, without walking through a large cache for them."""
        found: list[str] = []
        cursor = 0
        for _ in range(_MOST_SCANS):
            cursor, keys = self._ask("SCAN", cursor, "MATCH", pattern, "COUNT", 1000)
            found += keys
            if not int(cursor) or len(found) >= _KEYS_OF_A_PATTERN:
                break
        return found[:_KEYS_OF_A_PATTERN]

    def close(self) -> dict[str, Any]:
        """Hits, misses, evictions and fragmentation of the run, lifetimes, and whether changes reach the cache."""
        if rows.CACHE_GET.key not in self._hidden:
            self._ask("DEL", self._key)
        info = self._ask("INFO") if self._first else {}
        lives = [
            {"key": pattern, "stated": stated, "seen": self._longest[pattern]}
            for pattern, stated in self._speaks.cache.lifetimes.items()
            if pattern in self._longest
        ]
        found = {"cache": cache_counters(self._api, self._speaks), "lifetimes": lives, "hidden": dict(self._hidden)}
        return self._sizes(info) | self._counted(info) | found | self._proofs()

    def _counted(self, info: dict[str, Any]) -> dict[str, int]:
        """What the run added to the server's counters; {} where it was started anew meanwhile and counts from 0."""
        names = {"hits": "keyspace_hits", "misses": "keyspace_misses", "evictions": "evicted_keys"}
        own = {"hits": self._own_hits, "misses": self._own_misses, "evictions": 0}
        there = {name: key for name, key in names.items() if key in info and key in self._first}
        grown = {name: info[key] - self._first[key] for name, key in there.items()}
        if info.get("run_id") != self._first.get("run_id") or any(count < 0 for count in grown.values()):
            return {}
        return {name: count - own[name] for name, count in grown.items()}

    def _proofs(self) -> dict[str, Any]:
        """Whether changes reach the cache, or why that is not proven; an agent that was left switched off is a fact of its own."""
        try:
            return {"invalidation": prove(self._api, self._client, self._speaks)}
        except AgentLeftOff as left:
            return {"invalidation": [], "invalidation_missing": str(left), "agent_left_off": str(left)}
        except (NotProven, redis.ResponseError) as why:
            return {"invalidation": [], "invalidation_missing": mask_text(str(why))[:200]}
        except redis.RedisError as error:
            raise ProbeError(f"REDIS_URL: {mask_text(str(error))[:200]}") from None

    def _sizes(self, info: dict[str, Any]) -> dict[str, Any]:
        """Memory in MB, keys of all databases, and resident over used memory; of each what the server tells."""
        databases = [one["keys"] for name, one in info.items() if name.startswith("db") and isinstance(one, dict)]
        sizes = {"fragmentation": info.get("mem_fragmentation_ratio")}
        if "used_memory" in info:
            sizes["memory"] = info["used_memory"] / 1e6
        if databases:
            sizes["keys"] = sum(databases)
        elif info:  # an empty server names no database, and one that hides them neither
            with suppress(ProbeRefused):
                sizes["keys"] = self._ask("DBSIZE")
        return sizes
