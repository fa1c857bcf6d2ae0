"""What the probes found of the servers before and after the load."""

from __future__ import annotations

from typing import Any

from reznet_load.report.view import View


def facts(view: View, need: str, when: str = "after") -> dict[str, Any]:
    """What a probe found `before` or `after` the load; {} if it did not run."""
    found = view.result.info.probes.get(when, {}).get(need, {})
    return found if isinstance(found, dict) else {}


def servers(view: View) -> str:
    """`PostgreSQL 18.6, Valkey 9.1.2`; empty if no probe read them."""
    postgres, redis = facts(view, "postgres", "before").get("version"), facts(view, "redis", "before").get("version")
    named = f"{redis} (called Redis below)" if redis and not redis.startswith("Redis") else redis or ""
    return ", ".join(filter(None, [f"PostgreSQL {postgres}" if postgres else "", named]))
