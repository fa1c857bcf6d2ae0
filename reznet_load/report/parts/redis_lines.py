"""Sentences on the Redis of any backend: memory, keys, and hidden values."""

from __future__ import annotations

from reznet_load.core.rows import CACHE_KEYS, CACHE_MEMORY
from reznet_load.core.units import format_value
from reznet_load.report.parts.server_facts import facts
from reznet_load.report.view import View

_MUCH = 100.0  # MB; with less in use, most fragmentation is the server's own few megabytes (our judgement)


def memory(view: View) -> list[str]:
    """Sentences on used memory and evicted keys."""
    most, keys = view.row(CACHE_MEMORY.key), view.row(CACHE_KEYS.key)
    if not (most and keys and most.maximum is not None and keys.maximum is not None):
        return []
    after = facts(view, "redis")
    text = f"At most {format_value(most.maximum, 'MB')} and {format_value(keys.maximum, 'keys')} were in memory"
    return [f"{text}{_evicted(after.get('evictions'))}.{_from_to(view)}"]


def _evicted(keys: int | None) -> str:
    if keys is None:
        return ""
    return (
        f", and {format_value(keys, 'keys')} {'was' if keys == 1 else 'were'} evicted"
        if keys
        else ", and none was evicted"
    )


def hidden(view: View) -> list[str]:
    """Sentences on values that Redis hides from the probe's account, and on what to do."""
    return [f"Not measured: {why}." for why in dict.fromkeys(facts(view, "redis").get("hidden", {}).values())]


def _from_to(view: View) -> str:
    """Memory and keys before and after the load, and fragmentation if much memory is used.

    "" for folders of an earlier version, which has no such values.
    """
    ends = [facts(view, "redis", when) for when in ("before", "after")]
    if not all(end.get("fragmentation") is not None and {"memory", "keys"} <= end.keys() for end in ends):
        return ""
    parts = [("", "memory", "MB"), ("", "keys", "keys"), ("fragmentation ", "fragmentation", "ratio")]
    if max(end["memory"] for end in ends) < _MUCH:
        parts.pop()
    changes = [f"{label}{' → '.join(format_value(end[name], unit) for end in ends)}" for label, name, unit in parts]
    return f" From before the load to after it: {', '.join(changes)}."
