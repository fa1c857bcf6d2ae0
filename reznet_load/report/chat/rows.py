"""Every row of the judged phase: what users did, what replies were made of, the generator, the system under test."""

from __future__ import annotations

from typing import Any

from reznet_load.core.measured.measurement import Row
from reznet_load.core.measured.named_row import COUNT, PROBE
from reznet_load.core.rows import CALIBRATION_ERROR, GENERATOR_CPU, LEFT_CALL, LOOP_LAG, REOPENED, named
from reznet_load.report.chat.servers import OF_SERVERS
from reznet_load.report.lines import beside
from reznet_load.report.parts.blocks import row_line
from reznet_load.report.parts.sentences import failures
from reznet_load.report.sections import s3_costs, s6_steps
from reznet_load.report.view import View, ms


def names(view: View) -> dict[str, Any]:
    """The values for the template `chat/rows.md.j2`."""
    parts = s6_steps.names(view) | s3_costs.names(view)
    return parts | {
        "rows": [row_line(row) for row in view.users_rows()],
        "counts": [row_line(row) for row in _counts(view)],
        "provider": [
            row_line(row)
            for row in view.judged
            if named(row.key).kind == PROBE and row.key not in {*OF_SERVERS, LEFT_CALL.key}
        ],
        "other_requirements": beside(view),
        "analysis": _analysis(view),
    }


def _counts(view: View) -> list[Row]:
    """The rows that count parts of replies; rounds are left out, because they are part of the schedule."""
    return [row for row in view.judged if named(row.key).kind == COUNT and not row.key.endswith(" round")]


def _analysis(view: View) -> list[str]:
    found = []
    if (reopened := view.row(REOPENED.key)) is not None and reopened.count:
        found.append(
            f"The backend closed {reopened.count} idle connections between two questions; they were opened again, and no "
            "question failed by it."
        )
    cpu, lag, added = (view.row(row.key) for row in (GENERATOR_CPU, LOOP_LAG, CALIBRATION_ERROR))
    if cpu and lag and cpu.mean is not None:
        text = f"The generator used {cpu.mean:.0f} % of a core and its loop was {ms(lag.p99)} late at p99"
        found.append(f"{text}; it added {ms(added.p95)} to a known answer at p95." if added else f"{text}.")
    return found + s3_costs.sentences(view) + failures(view, view.users_rows())
