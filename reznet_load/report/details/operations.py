"""The slowest and the failed operations of the rows that decided a failed requirement."""

from __future__ import annotations

from typing import Any

from reznet_load.report.view import View
from reznet_load.result.operations import KeptOperations, table


def names(view: View) -> dict[str, Any]:
    """The values for the template `operations.md.j2`."""
    return {"operations": [_group(kept) for kept in view.operations]}


def _group(kept: KeptOperations) -> dict[str, Any]:
    return {"title": f"{kept.row} ({', '.join(kept.requirements)})", "lines": table(kept)}
