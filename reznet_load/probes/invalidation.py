"""Invalidation and times to live, proven after the load: a change through REST, then the key must be gone, the read new.

The change is PATCH …/activate of an agent that is active: nothing but its `updated_at` is another.
"""

from __future__ import annotations

from typing import Any

import redis

from reznet_load.core.errors import TargetError
from reznet_load.deployment.api import Api

AGENT, AGENT_LIST = 3600, 1800  # seconds to live, as the contract states them


def prove(api: Api, client: redis.Redis, prefix: str) -> list[dict[str, Any]]:
    """For one agent and the list of agents: was its key `gone`, the next read `fresh`, and its `ttl` then; [] where
    nothing can be told: no agent, or nothing of it in the cache.
    """
    try:
        return _prove(api, client, prefix)
    except TargetError:
        return []


def _prove(api: Api, client: redis.Redis, prefix: str) -> list[dict[str, Any]]:
    listed = api.call("GET", "/api/agents?active_only=true").body
    agents = (
        [one for one in listed if isinstance(one, dict) and one.get("is_active")] if isinstance(listed, list) else []
    )
    if not agents:
        return []
    path = f"/api/agents/{agents[0]['id']}"
    before = api.call("GET", path).body
    keys = {
        "one agent": (f"{prefix}agents:{agents[0]['id']}", AGENT),
        "the agent list": (_list(client, prefix), AGENT_LIST),
    }
    kept = {what: client.get(key) for what, (key, _) in keys.items() if key}
    if not api.call("PATCH", f"{path}/activate").ok:
        return []
    left = {what: client.get(keys[what][0]) for what in kept}
    fresh_one = api.call("GET", path).body
    again = api.call("GET", "/api/agents?active_only=true").body
    fresh_list = (
        next((one for one in again if one.get("id") == agents[0]["id"]), None) if isinstance(again, list) else None
    )
    fresh = {"one agent": _newer(before, fresh_one), "the agent list": _newer(before, fresh_list)}
    return [
        {
            "what": what, "key": keys[what][0], "gone": left[what] is None or left[what] != kept[what],
            "fresh": fresh[what], "ttl": client.ttl(keys[what][0]), "stated": keys[what][1],
        }
        for what in kept
        if kept[what] is not None
    ]  # fmt: skip


def _list(client: redis.Redis, prefix: str) -> str:
    found = sorted(client.scan_iter(f"{prefix}agents:list:*", count=1000))
    return next((key for key in found if "rue" in key), found[0] if found else "")  # the list of active ones


def _newer(before: Any, after: Any) -> bool:
    """Was it read anew? Its `updated_at` is another one."""
    known = isinstance(before, dict) and isinstance(after, dict)
    return known and before.get("updated_at") != after.get("updated_at")
