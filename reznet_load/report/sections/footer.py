"""The end of the document: when it was written, and when to run again."""

from __future__ import annotations

from typing import Any

from reznet_load.report.view import View


def names(view: View) -> dict[str, Any]:
    """The values for the template `footer.md.j2`."""
    info = view.result.info
    return {
        "last_updated": info.ended or info.started or "unknown",
        "next_review": view.requirements.report.get("next_review", "-"),
    }
