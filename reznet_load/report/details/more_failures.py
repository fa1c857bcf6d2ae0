"""Kinds of failure that are too many for the table in the results document."""

from __future__ import annotations

from typing import Any

from reznet_load.report.sections import what_failed
from reznet_load.report.view import View


def names(view: View) -> dict[str, Any]:
    """The values for the template `more_failures.md.j2`."""
    return {"kinds": what_failed.rest(view)}
