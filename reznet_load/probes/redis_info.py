"""Values from INFO, of one Redis or of all nodes of a cluster: sums over the nodes, and why a sum is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from reznet_load.core import rows

# Summed value -> its field in INFO.
_SUMS = {
    "hits": "keyspace_hits",
    "misses": "keyspace_misses",
    "evictions": "evicted_keys",
    "clients": "connected_clients",
    "used": "used_memory",
    "resident": "used_memory_rss",
}
# Row -> the INFO fields that it needs.
NEEDS: Mapping[str, tuple[str, ...]] = {
    rows.CACHE_READ.key: ("keyspace_hits", "keyspace_misses"),
    rows.CACHE_MEMORY.key: ("used_memory",),
    rows.CACHE_EVICTIONS.key: ("evicted_keys",),
    rows.CACHE_CLIENTS.key: ("connected_clients",),
    rows.CACHE_FRAGMENTATION.key: ("mem_fragmentation_ratio",),
}


@dataclass(frozen=True, slots=True)
class CacheCounters:
    """Counters since the servers' start and present sizes, each None if one node does not report it.

    servers        run ids of all nodes: a different one was restarted
    memory         MB
    clients        connections, without our own to each node
    keys           as INFO lists them by database
    fragmentation  resident memory divided by used memory
    missing        row -> why INFO does not have it
    """

    version: str
    servers: tuple[str, ...]
    hits: int | None
    misses: int | None
    evictions: int | None
    clients: int | None
    memory: float | None
    keys: int | None
    fragmentation: float | None
    missing: dict[str, str] = field(default_factory=dict)


def counted(infos: Sequence[Mapping[str, Any]], keepers: Sequence[Mapping[str, Any]]) -> CacheCounters:
    """Sums over the INFO of all nodes, or only of those with keys of their own (`keepers`), because replicas have
    copies.
    """
    sums = {name: _sum(infos, key) for name, key in _SUMS.items()}
    fragmentation = infos[0].get("mem_fragmentation_ratio") if len(infos) == 1 else None
    if (
        len(infos) > 1
        and sums["used"]
        and sums["resident"] is not None
        and not _lacking(infos, "mem_fragmentation_ratio")
    ):
        fragmentation = sums["resident"] / sums["used"]
    return CacheCounters(
        version=" and ".join(sorted({_version(info) for info in infos})),
        servers=tuple(sorted(str(info.get("run_id", "")) for info in infos)),
        hits=sums["hits"],
        misses=sums["misses"],
        evictions=sums["evictions"],
        clients=None if sums["clients"] is None else max(0, sums["clients"] - len(infos)),
        memory=None if sums["used"] is None else sums["used"] / 1e6,
        keys=_keys(keepers),
        fragmentation=fragmentation if isinstance(fragmentation, int | float) else None,
        missing={row: why for row, fields in NEEDS.items() if (why := _why(infos, fields))},
    )


def _sum(infos: Sequence[Mapping[str, Any]], key: str) -> int | None:
    values = [info.get(key) for info in infos]
    return sum(values) if values and all(isinstance(value, int) for value in values) else None  # type: ignore[arg-type]


def _lacking(infos: Sequence[Mapping[str, Any]], key: str) -> int:
    """How many of the nodes do not report it."""
    return sum(not isinstance(info.get(key), int | float) for info in infos)


def _why(infos: Sequence[Mapping[str, Any]], fields: Sequence[str]) -> str:
    lacking = {key: count for key in fields if (count := _lacking(infos, key))}
    if not lacking:
        return ""
    of = "this server" if len(infos) == 1 else f"{max(lacking.values())} of the cluster's {len(infos)} nodes"
    return f"INFO of {of} has no {' and no '.join(lacking)}"


def _keys(infos: Sequence[Mapping[str, Any]]) -> int | None:
    """The keys of all databases; None if none is listed, by an empty server or one that hides them."""
    found = [
        one["keys"]
        for info in infos
        for name, one in info.items()
        if name.startswith("db") and isinstance(one, dict) and isinstance(one.get("keys"), int)
    ]
    return sum(found) if found else None


def _version(info: Mapping[str, Any]) -> str:
    name = "Valkey" if "valkey_version" in info else "Redis"
    return f"{name} {info.get('valkey_version') or info.get('redis_version') or 'of unknown version'}"
