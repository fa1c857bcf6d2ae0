"""The list of faults, and how often one occurs."""

from __future__ import annotations

from collections import Counter

# Name -> what the fault does. The numbers are chosen so that one requirement fails clearly and related ones pass.
FAULTS = {
    "slow-query": "each statement on agents takes 150 ms inside PostgreSQL",
    "drop-index": "idx_messages_channel_created and idx_messages_channel_id are dropped",
    "slow-redis": "Redis stands still for 40 ms of every 50",
    "cache-bypassed": "the backend neither reads nor writes its cache",
    "cold-cache": "cached entries are deleted after 50 ms",
    "lost-redis": "Redis ends 10 s after the load began",
    "wrong-lifetime": "agents stay cached for two hours instead of one",
    "no-invalidation": "writes leave old answers in the cache",
    "no-op-update": "an update that changes nothing writes nothing but deletes its keys, as in v1",
    "blocked-loop": "the event loop stands still for 250 ms of every 600",
    "slow-endpoint": "one endpoint always takes 300 ms: its median fails, not its p95",
    "slow-but-good": "every GET takes 75 ms more: users fall behind their schedule, but every time is far below its limit",
    "rare-endpoint": "every eighth call of one endpoint takes 2 s: its p95 fails, not its median",
    "server-errors": "every fifth call of one endpoint answers 500",
    "stall": "every fifth reply stops in the middle",
    "silence": "every fifth question gets no reply",
    "rare-silence": "three of twenty questions get no reply",
    "hidden-sessions": "the load's DATABASE_URL is of a role that may only SELECT",
    "error-in-stream": "every fifth reply ends in the provider's error",
    "error-after-reply": "every fifth reply is followed by an error message",
    "disconnected": "the provider closes the connection in the middle of every fifth reply",
    "rate-limited": "the provider answers every fifth question with 429",
    "overloaded": "the provider answers every fifth question with 529",
    "dropped-sockets": "sockets are closed after 6 to 12 s",
    "refused-sockets": "no more than ten sockets are accepted",
    "no-compression": "permessage-deflate is declined",
    "long-keys": "payloads have long keys",
    "memory-growth": "memory grows by 60 MB a second, up to 700 MB",
    "connection-leak": "database connections are opened and never returned, up to 120",
    "lying-instrument": "X-Query-Count and X-Query-Time are always 0, as in a real v1",
    "pool-exhausted": "every pooled connection waits in a transaction for 20 s of every 25",
}
_EVERY = {"rare-endpoint": 8}
_EVERY_FIFTH = 5
_OF_TWENTY = {"rare-silence": 3}


class Faults:
    """The faults that are switched on. `strikes` counts calls, so that the share of faulty calls never depends on chance."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self._on = frozenset(names)
        self._seen: Counter[str] = Counter()

    def __contains__(self, name: str) -> bool:
        return name in self._on

    def strikes(self, name: str) -> bool:
        """Is the fault switched on, and does it occur in this call?"""
        if name not in self._on:
            return False
        self._seen[name] += 1
        if share := _OF_TWENTY.get(name):
            return self._seen[name] * share % 20 < share
        return self._seen[name] % _EVERY.get(name, _EVERY_FIFTH) == 0
