"""The head of the document, and its section on how the run was made."""

from __future__ import annotations

from typing import Any

from reznet_load.report.details import how_to_run
from reznet_load.report.sections import header
from reznet_load.report.view import View


def names(view: View) -> dict[str, Any]:
    """The values for the template `chat/header.md.j2`."""
    facts = view.result.info.deployment
    return header.names(view) | {
        "backend": view.result.info.target,
        "dialect": facts.dialect,
        "models": ", ".join(one.partition("=")[2] or one for one in facts.models),
        "provider": facts.provider_text or facts.provider_is,
    }


def setup_names(view: View) -> dict[str, Any]:
    """The values for the template `chat/setup.md.j2`."""
    info = view.result.info
    return how_to_run.names(view) | {
        "mix": ", ".join(f"{count} {kind}" for kind, count in info.mix.items() if count) or "unknown",
        "workers": info.workers,
    }
