"""All runs before this run that the document knows; the results document has only the latest."""

from __future__ import annotations

from typing import Any

from reznet_load.report.sections.history import earlier
from reznet_load.report.view import View


def names(view: View) -> dict[str, Any]:
    """The values for the template `earlier_runs.md.j2`."""
    return {"runs": earlier(view)}
