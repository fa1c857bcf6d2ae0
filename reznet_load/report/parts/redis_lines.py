"""Sentences about any application's Redis: memory and keys, and what it hides."""

from __future__ import annotations

from reznet_load.core.rows import CACHE_KEYS, CACHE_MEMORY
from reznet_load.core.units import format_value
from reznet_load.report.parts.server_facts import facts
from reznet_load.report.view import View

_MUCH = 100.0  # MB in use, below which the server's own few megabytes are most of its fragmentation (judgement)


def memory(view: View) -> list[str]:
    """How much was in memory, and what was evicted."""
    most, keys = view.row(CACHE_MEMORY.key), view.row(CACHE_KEYS.key)
    if not (most and keys and most.maximum is not None and keys.maximum is not None):
        return []
    after = facts(view, "redis")
    text = f"At most {format_value(most.maximum, 'MB')} and {format_value(keys.maximum, 'keys')} were in memory"
    evicted = f", and {after['evictions'] or 'none'} evicted" if "evictions" in after else ""
    return [f"{text}{evicted}.{_from_to(view)}"]


def hidden(view: View) -> list[str]:
    """What the server does not show to the probe's account, and what to do."""
    return [f"Not measured: {why}." for why in dict.fromkeys(facts(view, "redis").get("hidden", {}).values())]


def _from_to(view: View) -> str:
    """Memory, keys and, of much memory, fragmentation before and after the load; empty if a probe of old kept none."""
    ends = [facts(view, "redis", when) for when in ("before", "after")]
    if not all(end.get("fragmentation") is not None and {"memory", "keys"} <= end.keys() for end in ends):
        return ""
    parts = [("", "memory", "MB"), ("", "keys", "keys"), ("fragmentation ", "fragmentation", "ratio")]
    if max(end["memory"] for end in ends) < _MUCH:
        parts.pop()
    told = [f"{label}{' → '.join(format_value(end[name], unit) for end in ends)}" for label, name, unit in parts]
    return f" From before the load to after it: {', '.join(told)}."
