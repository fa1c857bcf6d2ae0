"""The summary of a GitHub job: a table of verdicts for each judged run, short enough for GitHub's page."""

from __future__ import annotations

from collections.abc import Sequence

from reznet_load.core.run import MARKS
from reznet_load.core.text.foreign_text import for_markdown
from reznet_load.report.judged import sentence, verdict_cells
from reznet_load.result.judged import JudgedRun, worst

_MOST = 200 * 1024  # bytes; GitHub refuses more than 1 MB a step


def summary(runs: Sequence[JudgedRun]) -> str:
    """The Markdown: for each run its outcome, then requirements that did not pass, then requirements that passed."""
    decides = worst(runs)
    parts = [f"## Load test: {decides.outcome}\n"]
    for run in runs:
        part = _run(run)
        if sum(map(len, parts)) + len(part) > _MOST:
            parts.append(f"… and more runs, {len(runs)} in all: see the files of the job.\n")
            break
        parts.append(part)
    return "\n".join(parts)


def _run(run: JudgedRun) -> str:
    order = list(MARKS)[::-1]
    lines = [f"**{for_markdown(run.name)}**: {run.outcome}. {sentence(run)}", ""]
    if run.refused:
        lines += [for_markdown(run.refused, 1000), ""]
    if run.verdicts:
        lines += ["| | Requirement | Measured | Limit | Row | Why |", "|---|---|---|---|---|---|"]
    for verdict in sorted(run.verdicts, key=lambda one: order.index(one.outcome)):
        cells = verdict_cells(verdict)
        lines.append(
            "| " + " | ".join(cells[name] for name in ("mark", "title", "value", "limit", "row", "reason")) + " |"
        )
    return "\n".join([*lines, ""])
