"""The head of a document: time, machine, target, and how far its numbers are valid."""

from __future__ import annotations

from typing import Any

from reznet_load.report.parts.server_facts import facts, servers
from reznet_load.report.view import View

_SERVERS = {"postgres": "PostgreSQL", "redis": "Redis"}


def names(view: View) -> dict[str, Any]:
    """The values for the template `header.md.j2`; `capacity.md.j2` uses them too."""
    info = view.result.info
    return {
        "issue": view.requirements.report.get("issue", "-"),
        "test_date": info.started[:10] or "unknown",
        "environment": ", ".join(f"{name} {value}" for name, value in info.environment.items()) or "unknown",
        "database": servers(view) or "⏳ not read: no DATABASE_URL and REDIS_URL",
        "provider": info.deployment.provider_text or "⏳ the backend does not say",
        "versions": versions(view),
        "shared": shared(view),
    }


def versions(view: View) -> str:
    """The versions of the programs that ran, and the commits of reznet-load and of the backend."""
    info = view.result.info
    commits = {"load test": info.commit, "backend": info.deployment.commit}
    named = [f"{name} commit `{commit}`" for name, commit in commits.items() if commit]
    return ", ".join([*(f"{name} {version}" for name, version in info.versions.items()), *named]) or "unknown"


def shared(view: View) -> str:
    """A sentence on programs that shared the generator's machine; "" if the target ran elsewhere, or if it is not known."""
    info, watched = view.result.info, facts(view, "processes", "before").get("watched", {})
    if info.target != "embedded" and "target" not in watched:
        return ""
    parts = ["Load generator", "backend", *(name for key, name in _SERVERS.items() if key in watched)]
    if info.deployment.simulated:
        parts.append("a simulated provider")
    return f"{', '.join(parts[:-1])} and {parts[-1]} shared this machine. A deployment will have other times."
