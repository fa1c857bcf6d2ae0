"""What the probes found in the servers before and after the load."""

from __future__ import annotations

from typing import Any

from reznet_load.report.view import View


def facts(view: View, need: str, when: str = "after") -> dict[str, Any]:
    """What the probe `need` found `before` or `after` the load; {} if the probe did not run."""
    found = view.result.info.probes.get(when, {}).get(need, {})
    return found if isinstance(found, dict) else {}


def servers(view: View) -> str:
    """`PostgreSQL 18.6, Valkey 9.1.2`; "" if no probe read the servers."""
    postgres, redis = facts(view, "postgres", "before").get("version"), facts(view, "redis", "before").get("version")
    named = f"{redis} (called Redis below)" if redis and not redis.startswith("Redis") else redis or ""
    return ", ".join(filter(None, [f"PostgreSQL {postgres}" if postgres else "", named]))
