"""Redis under a RezNet: in addition to the general probe, the times to live of the contract's keys, and invalidation.

Cost in addition to the general probe: a SCAN and some TTLs every five seconds, and after the load one agent that is
activated again.
"""

from __future__ import annotations

from typing import Any

import redis

from reznet_load.core.settings.settings import Settings
from reznet_load.deployment.api import Api
from reznet_load.dialects.reznet import RezNet
from reznet_load.probes.probe import Notes, ProbedRun, ProbeError, ProbeRefused, Task
from reznet_load.probes.redis import RedisProbe
from reznet_load.probes.redis_questions import plain
from reznet_load.probes.reznet.invalidation import AgentLeftOff, NotProven, prove
from reznet_load.probes.reznet.target_counters import cache_counters

LIFETIMES_SEEN = "lifetimes"
_LIFE_EVERY = 5.0  # seconds
_KEYS_OF_A_PATTERN, _MOST_SCANS = 20, 10


class RezNetRedis(RedisProbe):
    """Knows RezNet's keys, and the backend's own counters of its cache."""

    def __init__(self, settings: Settings, notes: Notes, dialect: RezNet) -> None:
        super().__init__(settings, notes)
        self._api = Api(settings)
        self._dialect = dialect
        self._longest: dict[str, int] = {}

    @classmethod
    def of_run(cls, run: ProbedRun) -> RezNetRedis:
        """Of the run's settings, with paths as its deployment has them."""
        return cls(run.settings, run.notes, run.dialect())

    def open(self) -> dict[str, Any]:
        """Also returns whether the contract's keys may be read, and the backend's own counters of its cache."""
        found = super().open()
        try:
            self._scan()
        except ProbeRefused as refused:
            right = f"+scan, +ttl and to read the keys {self._dialect.cache.prefix}*"
            self._hidden[LIFETIMES_SEEN] = f"{refused}; the account needs {right}"
        return found | {"cache": cache_counters(self._api, self._dialect), "hidden": dict(self._hidden)}

    def _scan(self) -> None:
        for node in self._redis.servers.primaries():
            self._redis.ask("SCAN", 0, "COUNT", 1, of=node)
        self._count(self._redis.ask("TTL", self._dialect.cache.agent_lists.replace("*", "active=True")) != -2)

    def tasks(self) -> list[Task]:
        """Also the times to live, if this account may read them."""
        there = LIFETIMES_SEEN not in self._hidden
        return super().tasks() + ([Task(_LIFE_EVERY, self._alone(self.read_lifetimes))] if there else [])

    def read_lifetimes(self, _: float) -> None:
        """Record the longest time to live of the keys of each pattern."""
        for pattern in self._dialect.cache.lifetimes:
            for key in self._some_keys(pattern):
                left = self._redis.ask("TTL", key)
                self._count(left != -2)
                if left != -2:
                    known = self._longest.get(pattern, 0)
                    self._longest[pattern] = -1 if left == -1 or known == -1 else max(known, left)

    def _some_keys(self, pattern: str) -> list[str]:
        """A few keys of a pattern, without scanning a large cache completely."""
        found: list[str] = []
        for node in self._redis.servers.primaries():
            cursor = 0
            for _ in range(_MOST_SCANS):
                cursor, keys = self._redis.ask("SCAN", cursor, "MATCH", pattern, "COUNT", 1000, of=node)
                found += keys
                if not int(cursor) or len(found) >= _KEYS_OF_A_PATTERN:
                    break
        return found[:_KEYS_OF_A_PATTERN]

    def close(self) -> dict[str, Any]:
        """Also returns the times to live, and whether changes reach the cache."""
        found = super().close()
        lives = [
            {"key": pattern, "stated": stated, "seen": self._longest[pattern]}
            for pattern, stated in self._dialect.cache.lifetimes.items()
            if pattern in self._longest
        ]
        return found | {"cache": cache_counters(self._api, self._dialect), "lifetimes": lives} | self._proofs()

    def _proofs(self) -> dict[str, Any]:
        """Whether changes reach the cache, or why that is not proven; an agent that stayed switched off is recorded
        too.
        """
        try:
            return {"invalidation": prove(self._api, self._redis.servers.client, self._dialect)}
        except AgentLeftOff as left:
            return {"invalidation": [], "invalidation_missing": str(left), "agent_left_off": str(left)}
        except (NotProven, redis.ResponseError) as why:
            return {"invalidation": [], "invalidation_missing": plain(why)}
        except redis.RedisError as error:
            raise ProbeError(f"REDIS_URL: {plain(error)}") from None
