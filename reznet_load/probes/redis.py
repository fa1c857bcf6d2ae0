"""Redis under any application's load: hits and misses, round trips, memory, keys, clients, evictions.

Cost: five commands a second. Measured against the embedded Valkey 9 without load: 0.013 % of a core in commands, by
INFO commandstats; the whole server took 0.19 % then. Our own GETs increase its hit counters: they are counted and
subtracted. In a cluster, INFO is read from every node and summed; round trips are those to the node with our key.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

from reznet_load.core import rows
from reznet_load.core.failed.failure_kinds import NO_ANSWER
from reznet_load.core.settings.settings import Settings
from reznet_load.core.system import clock
from reznet_load.core.text.secrets import mask_text
from reznet_load.probes.probe import Notes, ProbedRun, ProbeRefused, ProbeTimeout, Task
from reznet_load.probes.redis_info import CacheCounters
from reznet_load.probes.redis_questions import RedisQuestions

_MOST_READS = 2000  # samples per second for hits and misses; above that each stands for several
READS = rows.CACHE_READ.key
# Rows that come only from INFO.
_BY_INFO = (
    READS,
    rows.CACHE_MEMORY.key,
    rows.CACHE_KEYS.key,
    rows.CACHE_CLIENTS.key,
    rows.CACHE_EVICTIONS.key,
    rows.CACHE_FRAGMENTATION.key,
)
_LOOK_EVERY = 1.0  # seconds


class RedisProbe:
    """Measures any application's Redis; a dialect may have its own subclass that also knows its keys.

    Uses one connection to each node, and a key of its own that is removed at the end.
    """

    name = "redis"

    def __init__(self, settings: Settings, notes: Notes) -> None:
        self._notes = notes
        self._key = f"reznet-load:probe:{uuid.uuid4().hex}"
        self._lock = threading.Lock()  # the counters must not be read between a GET of ours and its count
        self._own_hits = self._own_misses = 0
        self._last: tuple[int, int] | None = None
        self._first: CacheCounters | None = None  # None if this account may not read INFO
        self._hidden: dict[str, str] = {}
        self._redis = RedisQuestions(settings)

    @classmethod
    def of_run(cls, run: ProbedRun) -> RedisProbe:
        """Of the run's settings."""
        return cls(run.settings, run.notes)

    def open(self) -> dict[str, Any]:
        """Version, the counters from which `close` computes differences, and what this server hides. Raises ProbeError."""
        sizes: dict[str, Any] = {}
        version = "Redis of unknown version"
        if lost := self._redis.servers.unmapped:  # one node is not the whole cluster
            self._hidden |= dict.fromkeys(_BY_INFO, mask_text(lost)[:300])
        else:
            try:
                self._first = self._redis.counters()
                self._hidden |= self._first.missing
                version, sizes = self._first.version, self._sizes(self._first)
            except ProbeRefused as refused:
                self._hidden |= dict.fromkeys(_BY_INFO, f"{refused}; the account needs +info")
        try:
            self._own_key()
        except ProbeRefused as refused:
            why = f"{refused}; the account needs +get, +set, +del and the keys reznet-load:*"
            self._hidden |= dict.fromkeys((rows.CACHE_GET.key, rows.CACHE_SET.key), why)
        found: dict[str, Any] = {"version": version}
        if self._redis.servers.is_cluster:
            found["nodes"] = len(self._redis.servers.nodes())
        return found | sizes | {"hidden": dict(self._hidden)}

    def _own_key(self) -> None:
        """Check that this account may use our own key as the timed commands will."""
        self._redis.ask("SET", self._key, "x", "EX", 60)
        self._redis.ask("GET", self._key)
        self._count(True)
        self._redis.ask("DEL", self._key)

    def hides(self, row: str) -> str:
        """Why `row` cannot be measured here, and what to do; empty if it can."""
        return self._hidden.get(row, "")

    def tasks(self) -> list[Task]:
        """Counters and round trips: those that this account may read."""
        wanted = (
            (self._first is not None, self.look),
            (rows.CACHE_GET.key not in self._hidden, self.round_trips),
        )
        return [Task(_LOOK_EVERY, self._alone(act)) for there, act in wanted if there]

    def _alone(self, act: Callable[[float], None]) -> Callable[[float], None]:
        """`act`, run so that no other task of this probe runs at the same time."""

        def locked(due: float) -> None:
            with self._lock:
                act(due)

        return locked

    def look(self, _: float) -> None:
        """Record hits and misses since the last reading, and memory; each only if the servers report it."""
        now = self._redis.counters()
        if now.hits is not None and now.misses is not None:
            self._note_reads(now.hits - self._own_hits, now.misses - self._own_misses)
        first = self._first
        evicted = None
        if first is not None and first.evictions is not None and now.evictions is not None:
            evicted = now.evictions - first.evictions
        values = {
            rows.CACHE_MEMORY: now.memory,
            rows.CACHE_KEYS: self._keys(now),
            rows.CACHE_CLIENTS: now.clients,
            rows.CACHE_EVICTIONS: evicted,
            rows.CACHE_FRAGMENTATION: now.fragmentation,
        }
        for row, value in values.items():
            if value is not None:
                self._notes.gauge(row, value)

    def _note_reads(self, hits: int, misses: int) -> None:
        if self._last is not None:
            good, bad = max(hits - self._last[0], 0), max(misses - self._last[1], 0)
            shrink = max(1.0, (good + bad) / _MOST_READS)
            self._notes.share(rows.CACHE_READ, round(good / shrink), round(bad / shrink), clock.now())
        self._last = (hits, misses)

    def round_trips(self, _: float) -> None:
        """Time one SET and one GET of our own key."""
        for row, command in (
            (rows.CACHE_SET, ("SET", self._key, "x" * 200, "EX", 60)),
            (rows.CACHE_GET, ("GET", self._key)),
        ):
            began = time.perf_counter()
            try:
                found = self._redis.ask(*command)
            except ProbeTimeout:
                self._notes.timed(row, (time.perf_counter() - began) * 1000, clock.now(), NO_ANSWER)
                raise
            self._notes.timed(row, (time.perf_counter() - began) * 1000, clock.now())
            if command[0] == "GET":
                self._count(found is not None)

    def _count(self, hit: bool) -> None:
        """Count a read of ours, because Redis counts it like the application's."""
        self._own_hits += hit
        self._own_misses += not hit

    def close(self) -> dict[str, Any]:
        """Hits, misses, evictions and fragmentation of the run."""
        if rows.CACHE_GET.key not in self._hidden:
            self._redis.ask("DEL", self._key)
        now = None if self._first is None else self._redis.counters()
        return (self._sizes(now) | self._grown(now) if now else {}) | {"hidden": dict(self._hidden)}

    def _grown(self, now: CacheCounters) -> dict[str, int]:
        """What the run added to the servers' counters; {} if one was restarted meanwhile and counts from 0."""
        first = self._first
        assert first is not None
        pairs = {
            "hits": (first.hits, now.hits, self._own_hits),
            "misses": (first.misses, now.misses, self._own_misses),
            "evictions": (first.evictions, now.evictions, 0),
        }
        known = {
            name: (old, new, own) for name, (old, new, own) in pairs.items() if old is not None and new is not None
        }
        if first.servers != now.servers or any(new < old for old, new, _ in known.values()):
            return {}
        return {name: new - old - own for name, (old, new, own) in known.items()}

    def _sizes(self, now: CacheCounters) -> dict[str, Any]:
        """Memory in MB, keys of all databases, and resident/used memory; each only if the servers report it."""
        sizes = {"fragmentation": now.fragmentation, "memory": now.memory, "keys": self._keys(now)}
        return {name: value for name, value in sizes.items() if value is not None or name == "fragmentation"}

    def _keys(self, now: CacheCounters) -> int | None:
        """The number of keys by INFO, or counted if INFO lists no database: the server is empty, or hides them."""
        if now.keys is not None or rows.CACHE_KEYS.key in self._hidden:
            return now.keys
        try:
            return sum(self._redis.ask("DBSIZE", of=node) for node in self._redis.servers.primaries())
        except ProbeRefused as refused:
            self._hidden[rows.CACHE_KEYS.key] = f"INFO lists no database; {refused}; the account needs +dbsize"
            return None
