"""The document of a run that `judge` judged: outcome, verdicts, rows, failures by kind, cautions, how it was judged."""

from __future__ import annotations

from typing import Any

import numpy as np

from reznet_load.core.measured.statistic import statistic_of
from reznet_load.core.run import MARKS, Verdict
from reznet_load.core.text.foreign_text import for_markdown
from reznet_load.core.units import format_duration, format_value
from reznet_load.report.judged_console import interval
from reznet_load.result.judged import JudgedRun
from reznet_load.result.locust.run import CsvRun
from reznet_load.verdict.csv.judge_table import OUTCOMES
from reznet_load.verdict.csv.table import Table

TEMPLATE = "judged.md.j2"
_ROWS, _FAILED, _RAISED, _DAMAGE = (
    200,
    50,
    10,
    20,
)  # most lines that are shown; the others are counted, and --json has all
_HEADER = {"issue": "Issue", "nfr_document": "Requirements document", "next_review": "Next review"}


def document(run: JudgedRun, overlay: str = "") -> str:
    """The Markdown of the document. Raises ConfigError if the template cannot be rendered.

    overlay   a folder whose templates replace shipped ones
    """
    from reznet_load.report.render import environment, rendered

    return rendered(environment(overlay), TEMPLATE, names(run)).rstrip() + "\n"


def names(run: JudgedRun) -> dict[str, Any]:
    """The values for the template; names from the run are escaped for Markdown."""
    return {
        "name": for_markdown(run.name),
        "outcome": run.outcome,
        "exit_code": run.exit_code,
        "sentence": sentence(run),
        "refused": for_markdown(run.refused, 2000),
        "header": _header(run),
        "verdicts": [verdict_cells(one) for one in run.verdicts],
        "cautions": [(for_markdown(one.text, 1000), for_markdown(one.remedy)) for one in run.cautions],
        "judged": run.requirements is not None,
        **(_of_run(run, run.run) if run.run else _NOTHING),
    }


_NOTHING: dict[str, Any] = {
    "rows": [], "levels": [], "more_rows": 0, "failed": [], "more_failed": 0, "raised": [], "more_raised": 0, "damage": [],
    "more_damage": 0, "how": [],
}  # fmt: skip


def _of_run(run: JudgedRun, read: CsvRun) -> dict[str, Any]:
    shown, levels = worst_rows(run), _levels(run, read.table)
    return {
        "levels": [statistic_of("p50").label if level == 0.5 else f"p{100 * level:.6g}" for level in levels],
        "rows": [_row(run, read.table, int(at), levels) for at in shown],
        "more_rows": len(read.table.operations) - len(shown),
        "failed": [(for_markdown(one.key), for_markdown(one.error), one.count) for one in read.failed[:_FAILED]],
        "more_failed": max(0, len(read.failed) - _FAILED),
        "raised": [(for_markdown(one.message), one.count) for one in read.raised[:_RAISED]],
        "more_raised": max(0, len(read.raised) - _RAISED),
        "damage": [for_markdown(one, 1000) for one in read.damage[:_DAMAGE]],
        "more_damage": max(0, len(read.damage) - _DAMAGE),
        "how": how(run, read),
    }


def sentence(run: JudgedRun) -> str:
    """The outcome in a sentence; names from the run are not escaped."""
    if run.refused:
        return "Nothing could be judged."
    if run.requirements is None:
        return "No requirements were given, so nothing was judged."
    counted = {
        outcome: [one.title for one in run.verdicts if one.outcome == outcome and one.required] for outcome in MARKS
    }
    said = {
        "Failed": counted["fail"],
        "Not judged": counted["pending"],
        "Not proven yet": counted["warning"],
    }
    parts = [f"{label}: {', '.join(for_markdown(one) for one in titles)}." for label, titles in said.items() if titles]
    total = len(run.verdicts)
    return (
        " ".join(parts)
        or f"{'The requirement is' if total == 1 else f'All {total} requirements are'} met, proven by their intervals."
    )


def _header(run: JudgedRun) -> list[tuple[str, str]]:
    report = run.requirements.report if run.requirements else {}
    given = [
        (_HEADER.get(key, key.replace("_", " ").capitalize()), for_markdown(value)) for key, value in report.items()
    ]
    course = run.run.course if run.run else None
    if course is not None:
        given.append(("Started", course.started.strftime("%Y-%m-%d %H:%M:%S UTC")))
        given.append(("Length", format_duration(course.length)))
        given += [("Users", f"{course.users}")] if course.users else []
    return given


def verdict_cells(verdict: Verdict) -> dict[str, str]:
    """The cells of a verdict in the table."""
    return {
        "mark": verdict.mark,
        "title": for_markdown(verdict.title) + ("" if verdict.required else " (advisory)"),
        "value": format_value(verdict.value, verdict.unit),
        "interval": interval(verdict).strip().strip("[]").replace(", ", " to ") or "-",
        "limit": for_markdown(verdict.limit),
        "n": str(verdict.n) if verdict.row else "-",
        "row": for_markdown(verdict.row) or "-",
        "reason": for_markdown(verdict.reason, 1000),
    }


def worst_rows(run: JudgedRun) -> np.ndarray:
    """Positions of the rows that are shown: rows that miss a limit first, then by share of failures, then by time."""
    table = run.run.table
    at = table.operations
    outcome = run.rows[at] if run.rows is not None else np.zeros(len(at))
    share = table.failures[at] / np.maximum(table.requests[at], 1)
    slow = np.nan_to_num(table.column(0.95)[at], nan=-1.0)
    slow = np.where(slow < 0, np.nan_to_num(table.median[at], nan=-1.0), slow)
    return at[np.lexsort((np.arange(len(at)), -slow, -share, -outcome))][:_ROWS]


def _levels(run: JudgedRun, table: Table) -> list[float]:
    """The percentile columns that are shown: three usual ones, and the columns that requirements name."""
    asked = [statistic_of(nfr.statistic).level for nfr in run.requirements.nfrs] if run.requirements else []
    wanted = sorted({0.5, 0.95, 0.99, *(level for level in asked if 0 < level < 1)})
    return [level for level in wanted if not np.isnan(table.column(level)).all()]


def _row(run: JudgedRun, table: Table, at: int, levels: list[float]) -> dict[str, Any]:
    def time(value: float) -> str:
        return format_value(None if np.isnan(value) else float(value), "ms")

    outcome = int(run.rows[at]) if run.rows is not None else -1
    return {
        "mark": MARKS[OUTCOMES[outcome]].partition(" ")[0] if outcome >= 0 else "",
        "name": for_markdown(table.keys[at]),
        "requests": f"{table.requests[at]:.0f}",
        "failed": f"{table.failures[at]:.0f}",
        "share": format_value(100 * table.failures[at] / table.requests[at] if table.requests[at] else None, "%"),
        "mean": time(table.mean[at]),
        "quantiles": [time(table.column(level)[at]) for level in levels],
        "maximum": time(table.maximum[at]),
    }


def how(run: JudgedRun, read: CsvRun) -> list[str]:
    """Lines of Markdown that say how the run was judged."""
    files = for_markdown(", ".join(read.files), 1000)
    source = f"requirements of {for_markdown(run.source)}" if run.source else "no requirements"
    return [
        f"Files: {files} ({read.format}); {source}.",
        f"Judged was {_span(read)}.",
        "Pass and Fail are proven: the whole 90 % interval lies on one side of the limit, with what Locust's rounding and "
        "the number of successful requests leave open.",
    ]


def _span(read: CsvRun) -> str:
    """Which part of the run was judged, in words."""
    course = read.course
    if course is None or not course.ramp:
        return "the whole run, ramp-up included"
    if read.table.cut:
        return f"the run without its first {format_duration(read.table.cut)}, in which users were added"
    share = 100 * course.ramp / course.length if course.length else 0
    whole = f"the whole run, of which users were added in the first {format_duration(course.ramp)} ({share:.0f} %)"
    if course.full:
        return f"{whole}: what follows is too short to be judged alone, or its history does not fit the stats"
    return f"{whole}; with `--csv-full-history` they are left out"
