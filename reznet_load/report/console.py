"""The console output: the table of verdicts during a run, and the first screen after its end."""

from __future__ import annotations

import textwrap

from reznet_load.core.regression import PROVEN
from reznet_load.core.run import RunResult, Verdict
from reznet_load.core.text.foreign_text import for_terminal
from reznet_load.core.units import format_value
from reznet_load.report.first_screen import FirstScreen, first_screen
from reznet_load.report.parts import forecast
from reznet_load.report.parts.counted_turns import how_counted
from reznet_load.report.parts.failure_sentences import for_console
from reznet_load.report.problems.broken import failing_rows
from reznet_load.report.screen_text import as_text, filled
from reznet_load.report.view import remedied, sentence, view_of
from reznet_load.result.assemble import AssembledRun

_WIDTH = 110
_MADE_TWO = (1, 3)  # exit codes that `make` turns into 2
_FINDINGS = 3  # the costliest findings; the document has all


def table(result: RunResult) -> str:
    """All verdicts, the reasons of failures, cautions and the outcome."""
    lines = [""]
    for verdict in (*result.verdicts, *result.behaviour):
        value = format_value(verdict.value, verdict.unit)
        title = verdict.title if verdict.required else f"{verdict.title} (advisory)"
        lines.append(f"{verdict.mark:<11} {title:<43} {value:>12}   {verdict.limit:<14} {_evidence(verdict)}".rstrip())
        lines += textwrap.wrap(verdict.reason, _WIDTH, initial_indent=" " * 12, subsequent_indent=" " * 12)
    lines += [textwrap.fill(text, _WIDTH, subsequent_indent=" " * 4) for text in for_console(result.failures)]
    for finding in [one for one in result.findings if one.cost > 0][:_FINDINGS]:
        lines += ["", *textwrap.wrap(f"why: {finding.text} {finding.evidence} {finding.advice}", _WIDTH)]
    for caution in remedied(result.cautions):
        text = f"{'VOID' if caution.void else 'caution'}: {caution.text} {caution.remedy}"
        lines += ["", *textwrap.wrap(text, _WIDTH)]
    for worse in result.regressions:
        text = f"{'REGRESSION' if worse.fails else worse.kind}: {worse.text}. {sentence(worse.evidence)}"
        lines += ["", *textwrap.wrap(text, _WIDTH)]
    return "\n".join([*lines, *_spent(result), "", _outcome(result)])


def end(run: AssembledRun) -> str:
    """The output at the end of a run: the first screen, kinds of failure that it does not show, regressions and costs.

    The last lines repeat the worst problem, the next step and the outcome, because a terminal shows the last lines.
    """
    result, view = run.result, view_of(run)
    screen = first_screen(view)
    shown = set() if screen.more or result.outcome == "void" else {*failing_rows(view)}
    failed = [*for_console([one for one in result.failures if one.row not in shown])]
    lines = ["", as_text(screen), *([""] if failed else [])]
    lines += [textwrap.fill(text, _WIDTH, subsequent_indent=" " * 4) for text in failed]
    for worse in (one for one in result.regressions if one.kind != PROVEN or screen.more):  # a proven one is a problem
        text = f"{'REGRESSION' if worse.fails else worse.kind}: {worse.text}. {sentence(worse.evidence)}"
        lines += ["", textwrap.fill(text, _WIDTH)]
    lines += ["", said] if (said := forecast.kept(result)) else []
    return "\n".join([*lines, *_spent(result), "", *_last(screen), _outcome(result)])


def _outcome(result: RunResult) -> str:
    """The outcome with its exit code, and with the exit code of `make` if that differs."""
    made = "; make exits with 2" if result.exit_code in _MADE_TWO and result.info.deployment.is_reznet else ""
    return f"outcome: {result.outcome} (exit {result.exit_code}{made})"


def _last(screen: FirstScreen) -> list[str]:
    """The worst problem and the next step, a line each, because the first screen may have scrolled away."""
    if not screen.problems:
        return []
    worst = screen.problems[0]
    which = f" (1 of {screen.decide})" if screen.decide > 1 else ""
    cause = f" Cause: {worst.cause}" if worst.intended else ""
    return [_line(f"worst problem{which}: {worst.text}{cause}"), _line(f"next: {screen.step}")]


def _line(text: str) -> str:
    return filled(for_terminal(text), "  ")


def _spent(result: RunResult) -> list[str]:
    spent = result.info.cost.get("spent")
    return (
        ["", f"spent: {format_value(sum(spent.values()), 'USD')}, agent turns {how_counted(result.rows)}"]
        if spent
        else []
    )


def _evidence(verdict: Verdict) -> str:
    interval = ""
    if verdict.low is not None and verdict.high is not None:
        interval = f"[{format_value(verdict.low, verdict.unit)}, {format_value(verdict.high, verdict.unit)}] "
    return interval.rstrip() if verdict.value is None else f"{interval}n={verdict.n} {verdict.row}"
