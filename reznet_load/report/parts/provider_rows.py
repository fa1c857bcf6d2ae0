"""Says which providers a run asked directly, and why a row of a provider is missing."""

from __future__ import annotations

from reznet_load.core.probes import PROBES
from reznet_load.core.rows import is_of_provider
from reznet_load.core.settings.settings import PROVIDERS
from reznet_load.report.parts.server_facts import facts
from reznet_load.report.view import View


def asked(view: View) -> list[str]:
    """The names of the providers that were asked directly."""
    return [name for name in PROVIDERS if name in facts(view, "providers", "before")]


def missing(view: View, key: str) -> str:
    """Why the row `key` of a provider is missing; "" for other rows."""
    info = view.result.info
    if not any(is_of_provider(key, name) for name in PROVIDERS):
        return ""
    if info.scenario == "capacity":
        return "providers are not asked alone during a search"
    return "not asked alone in this run" if asked(view) else info.lacks.get("providers", PROBES["providers"].absent)
