"""Counters that the target reports about itself (waits for its pool, hits of its cache), compared with its servers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from reznet_load.core.run import RunInfo
from reznet_load.core.units import format_value

_DEVIATION, _FEW = 0.05, 20  # a share of the reads, and how many of them no remark is made of: readings are not at once


@dataclass(frozen=True, slots=True)
class Waits:
    """Requests for a connection of the pool during the run, how many of them waited (`queued`), and their total wait in ms."""

    requests: float
    queued: float
    waited: float

    @property
    def queued_percent(self) -> float:
        """The share of requests that waited, in percent."""
        return 100 * self.queued / self.requests if self.requests else 0.0

    @property
    def sentence(self) -> str:
        """The waits as a sentence, for a document."""
        who = f"By the backend's own count, {format_value(self.queued, 'count') if self.queued else 'none'}"
        mean = f", for {format_value(self.waited / self.queued, 'ms')} on average" if self.queued else ""
        return f"{who} of {format_value(self.requests, 'count')} calls waited for a pooled connection{mean}."

    @property
    def text(self) -> str:
        """The waits in short, for a table."""
        asked = format_value(self.requests, "count")
        if not self.queued:
            return f"none of {asked}"
        mean = format_value(self.waited / self.queued, "ms")
        share = format_value(self.queued_percent, "%")
        return f"{format_value(self.queued, 'count')} of {asked} ({share}), {mean} on average"


def pool_waits(info: RunInfo) -> Waits | None:
    """The waits from the target's counters, with the names of psycopg's pool.

    None if the target does not report them, or was restarted during the run.
    """
    grown = _grown(info, "postgres", "pool", ("requests_num", "requests_queued", "requests_wait_ms"))
    if grown is None or not grown[0]:
        return None
    return Waits(*grown)


def cache_remark(info: RunInfo) -> str:
    """The hits and misses of the target and of Redis, with a remark if they differ; "" if the target reports none."""
    own, redis = _grown(info, "redis", "cache", ("hits", "misses")), info.probes.get("after", {}).get("redis", {})
    if own is None or "hits" not in redis:
        return ""
    hits = own[0]
    misses = own[1]
    seen = redis["hits"] + redis["misses"]
    text = f"Over the whole run the backend counts {_both(hits, misses)}, Redis {_both(redis['hits'], redis['misses'])}"
    off = max(abs(hits - redis["hits"]), abs(misses - redis["misses"]))
    if off <= max(_FEW, _DEVIATION * seen):
        return "Over the whole run the backend counted the same hits and misses as Redis: they agree."
    if hits + misses < seen:
        return f"{text}: others read this Redis too, or the target has several processes and one of them answered."
    return f"{text}: the target counts reads that Redis never saw."


def _both(hits: float, misses: float) -> str:
    return f"{format_value(hits, 'count')} hits and {format_value(misses, 'count')} misses"


def _grown(info: RunInfo, need: str, what: str, names: tuple[str, ...]) -> tuple[float, ...] | None:
    """By how much counters grew during the run; None if a counter is missing or has fallen."""
    before, after = (_dict(info.probes.get(when, {}).get(need, {}).get(what)) for when in ("before", "after"))
    if not before or not after:
        return None
    grown = tuple(after.get(name, 0) - before.get(name, 0) for name in names)
    return None if any(value < 0 for value in grown) else grown


def _dict(value: Any) -> dict[str, float]:
    return value if isinstance(value, dict) else {}
