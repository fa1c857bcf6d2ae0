"""Gauges that were read each second: of the generator, its sockets, and the backend."""

from __future__ import annotations

from typing import Any

from reznet_load.core.measured.measurement import Row
from reznet_load.core.measured.named_row import OF_GENERATOR, OF_SYSTEM
from reznet_load.core.rows import named
from reznet_load.core.run import SUITE
from reznet_load.report.parts.blocks import row_line
from reznet_load.report.view import View


def names(view: View) -> dict[str, Any]:
    """The values for the template `gauges.md.j2`."""
    of_suite = view.result.info.scenario == SUITE
    return {
        "gauges": [] if of_suite else [row_line(row) for row in _gauges(view, OF_GENERATOR)],
        "resources": [row_line(row) for row in _gauges(view, OF_SYSTEM)],
    }


def _gauges(view: View, whose: str) -> list[Row]:
    """The gauges with the owner `whose`: the generator with its sockets, or the backend."""
    return [row for row in view.judged if (found := named(row.key)).is_gauge and found.whose == whose]
