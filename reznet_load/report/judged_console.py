"""Runs that `judge` judged, for a terminal: a line for each run, its verdicts, and what to do next."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import numpy as np

from reznet_load.core.run import Verdict
from reznet_load.core.text.foreign_text import for_terminal
from reznet_load.core.units import format_value
from reznet_load.result.judged import JudgedRun, worst

_WIDTH = 110
_ROWS = 20  # most rows shown of a run without requirements; the document and --json have all
_TITLE, _NAME = 44, 60
_SIGNS = {"pass": "✅", "fail": "❌", "warning": "⚠️", "unjudged": "⏳"}


def console(runs: Sequence[JudgedRun]) -> str:
    """The text for all runs; if there are several, the last line names the worst."""
    lines = [line for run in runs for line in _run(run)]
    if len(runs) > 1:
        decides = worst(runs)
        counts = ", ".join(f"{n} {name}" for name in _SIGNS if (n := sum(run.outcome == name for run in runs)))
        lines += [f"{len(runs)} runs: {counts}; outcome: {decides.outcome} (exit {decides.exit_code})"]
    return "\n".join(lines)


def _run(run: JudgedRun) -> list[str]:
    lines = [f"{_SIGNS[run.outcome]} {for_terminal(run.name)}: {run.outcome} (exit {run.exit_code}){_counted(run)}"]
    if run.refused:
        return [*lines, *_wrapped(for_terminal(run.refused, 1200)), ""]
    if run.requirements is None:
        lines += [*_rows(run), *_wrapped(_first_step(run))]
    lines += [line for verdict in run.verdicts for line in _verdict(verdict)]
    for caution in run.cautions:
        lines += _wrapped(for_terminal(f"caution: {caution.text} {caution.remedy}", 1200))
    return [*lines, ""]


def _counted(run: JudgedRun) -> str:
    if not run.verdicts:
        return ""
    passed = sum(one.outcome == "pass" for one in run.verdicts)
    return f", {passed} of {len(run.verdicts)} requirements pass"


def _first_step(run: JudgedRun) -> str:
    if run.name == "stdin":
        return (
            "no requirements were given: name their file with --nfr; `reznet-load nfr - > nfr.toml` writes a first one"
        )
    name = for_terminal(run.name)
    return f"no requirements were given: `reznet-load nfr {name}` writes a first nfr.toml next to the CSVs; then judge again"


def _verdict(verdict: Verdict) -> list[str]:
    title = for_terminal(verdict.title, _TITLE) + ("" if verdict.required else " (advisory)")
    value = format_value(verdict.value, verdict.unit)
    evidence = ""
    if verdict.row:
        evidence = f"{interval(verdict)}n={verdict.n} {for_terminal(verdict.row, _NAME)}"
    line = f"  {verdict.mark:<10} {title:<{_TITLE}} {value:>11}   {verdict.limit:<10} {evidence}".rstrip()
    return [line, *_wrapped(for_terminal(verdict.reason, 1200))]


def interval(verdict: Verdict) -> str:
    """`[1 950 ms, 2 350 ms] `, without an upper end if there is no bound; "" if the value is exact."""
    if verdict.low is None or verdict.low == verdict.high:
        return ""
    high = "…" if verdict.high is None else format_value(verdict.high, verdict.unit)
    return f"[{format_value(verdict.low, verdict.unit)}, {high}] "


def _rows(run: JudgedRun) -> list[str]:
    table = run.run.table
    shown = table.operations[np.argsort(-table.requests[table.operations], kind="stable")][:_ROWS]
    lines = [f"  {'requests':>9} {'failed':>8} {'median':>10} {'p95':>10} {'max':>10}  row"]
    for at in shown:
        times = [float(column[at]) for column in (table.column(0.5), table.column(0.95), table.maximum)]
        cells = " ".join(f"{format_value(None if np.isnan(one) else one, 'ms'):>10}" for one in times)
        lines.append(
            f"  {table.requests[at]:>9.0f} {table.failures[at]:>8.0f} {cells}  {for_terminal(table.keys[at], _NAME)}"
        )
    more = len(table.operations) - len(shown)
    return [*lines, *([f"  … and {more} more rows"] if more > 0 else [])]


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent=" " * 13, subsequent_indent=" " * 13)
