"""Counters that the target reports about itself (v1): its cache's and its pool's. Compared and mentioned, never judged.

Cost: two GETs before and two after the load, outside of every judged phase.
"""

from __future__ import annotations

from typing import Any

from reznet_load.core.errors import TargetError
from reznet_load.deployment.api import Api
from reznet_load.dialects.reznet import RezNet


def cache_counters(api: Api, dialect: RezNet) -> dict[str, float]:
    """`hits`, `misses`, … of the cache; {} if it does not report them (v2, an older v1, an error)."""
    return _numbers(api, dialect.paths.cache_counters, "cache_metrics")


def pool_counters(api: Api, dialect: RezNet) -> dict[str, float]:
    """`requests_num`, `requests_queued`, … of the pool, as psycopg's pool names them; or {}."""
    return _numbers(api, dialect.paths.pool_counters, "pool")


def _numbers(api: Api, path: str, key: str) -> dict[str, float]:
    try:
        answer = api.call("GET", path)
    except TargetError:
        return {}
    found: Any = answer.body.get(key) if answer.ok and isinstance(answer.body, dict) else None
    if not isinstance(found, dict):
        return {}
    return {str(k): v for k, v in found.items() if isinstance(v, (int, float)) and not isinstance(v, bool)}
