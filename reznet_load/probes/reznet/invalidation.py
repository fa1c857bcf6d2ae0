"""Tests invalidation and times to live after the load: after a change through REST the key must be gone and the read
new.

The key alone is enough if a PATCH …/activate of an active agent, which changes nothing, removes it (or replaces it):
then it was invalidated. A key that is still there proves nothing: a backend may keep entries that did not change. In
that case the agent is really changed by PATCH …/deactivate, and changed back at once.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import redis

from reznet_load.core.errors import TargetError
from reznet_load.deployment.api import Api
from reznet_load.dialects.reznet import RezNet
from reznet_load.dialects.reznet_places import CacheKeys, Paths

_PAUSES = (0.0, 1.0, 2.0)  # seconds before each attempt to change an agent back


class NotProven(Exception):
    """Invalidation could be neither proven nor refuted; the text says why."""


class AgentLeftOff(NotProven):
    """The agent could not be switched on again: its owner has to do it."""


@dataclass(frozen=True, slots=True)
class CachedKey:
    """A value kept under `key` for `stated` seconds, and the JSON that was there before the change."""

    what: str
    key: str
    stated: int
    kept: str


def prove(api: Api, client: redis.Redis, dialect: RezNet) -> list[dict[str, Any]]:
    """For one agent and the list of agents: was its key `gone`, the next read `fresh`, and its `ttl` then.

    Raises NotProven if there is no agent, no cache entry for it, or no way to change it; also redis.RedisError.
    """
    try:
        paths = dialect.paths
        agent = _active_agent(api, paths)
        path = paths.agent.format(id=agent)
        api.call("GET", path)  # fills the cache, if there is one
        cached = _cached(client, dialect.cache, agent)
        if not cached:
            raise NotProven(f"the backend keeps no agent in Redis under {dialect.cache.agent('*')}")
        _patch(api, paths.activate.format(id=agent))
        proofs = [_proof(one, gone=_changed(client, one), fresh=True) for one in cached]
        if not all(one["gone"] for one in proofs):
            proofs = _really_changed(api, client, paths, agent, cached)
        for call in (path, paths.agents):
            api.call("GET", call)
        return [one | {"ttl": client.ttl(one["key"])} for one in proofs]
    except TargetError as error:
        raise NotProven(f"the backend did not answer: {error}") from None


def _active_agent(api: Api, paths: Paths) -> str:
    listed = api.call("GET", paths.agents).body
    agents = listed if isinstance(listed, list) else []
    found = next((one["id"] for one in agents if isinstance(one, dict) and one.get("is_active") and "id" in one), None)
    if found is None:
        raise NotProven("the backend lists no active agent")
    return str(found)


def _cached(client: redis.Redis, names: CacheKeys, agent: str) -> list[CachedKey]:
    lists = sorted(client.scan_iter(names.agent_lists, count=1000))
    of_active = next((key for key in lists if "rue" in key), lists[0] if lists else "")
    keys = (
        ("one agent", names.agent(agent), names.agent_seconds),
        ("the agent list", of_active, names.agents_seconds),
    )
    kept = [(what, key, stated, client.get(key) if key else None) for what, key, stated in keys]
    return [CachedKey(what, key, stated, value) for what, key, stated, value in kept if value is not None]


def _changed(client: redis.Redis, one: CachedKey) -> bool:
    """Is the key gone, or does it have another value?"""
    return client.get(one.key) != one.kept


def _proof(one: CachedKey, gone: bool, fresh: bool) -> dict[str, Any]:
    """The result for one key; a key that was gone cannot have answered the next read."""
    return {"what": one.what, "key": one.key, "gone": gone, "fresh": fresh, "stated": one.stated}


def _patch(api: Api, path: str) -> None:
    answer = api.call("PATCH", path)
    if not answer.ok:
        raise NotProven(f"PATCH {path} answered {answer.status}")


def _really_changed(
    api: Api, client: redis.Redis, paths: Paths, agent: str, cached: list[CachedKey]
) -> list[dict[str, Any]]:
    """Switch the agent off, check the cache, and switch it on again. Raises NotProven, also if it stays off."""
    api.call("GET", paths.agents)  # its key may be gone; this read fills it again
    cached = [CachedKey(one.what, one.key, one.stated, client.get(one.key) or one.kept) for one in cached]
    try:
        _patch(api, paths.deactivate.format(id=agent))
        gone = [_changed(client, one) for one in cached]
        fresh = {
            "one agent": _is_off(api.call("GET", paths.agent.format(id=agent)).body),
            "the agent list": _is_left_out(api, paths, agent),
        }
    finally:
        _switch_on(api, paths.activate.format(id=agent))
    return [_proof(one, gone=was, fresh=fresh[one.what]) for one, was in zip(cached, gone, strict=True)]


def _is_off(body: Any) -> bool:
    return isinstance(body, dict) and body.get("is_active") is False


def _is_left_out(api: Api, paths: Paths, agent: str) -> bool:
    listed = api.call("GET", paths.agents).body
    return isinstance(listed, list) and not any(
        isinstance(one, dict) and one.get("id") == agent and one.get("is_active") for one in listed
    )


def _switch_on(api: Api, path: str) -> None:
    for pause in _PAUSES:
        time.sleep(pause)
        with suppress(TargetError):
            if api.call("PATCH", path).ok:
                return
    raise AgentLeftOff(f"the agent was switched off and could not be switched on again: PATCH {path}")
