"""The outcome of a run and its exit code, computed from everything that decides them."""

from __future__ import annotations

from reznet_load.core.regression import Regression
from reznet_load.core.run import EXIT_CODES, Caution, RunInfo, Verdict


def invalid(info: RunInfo, cautions: tuple[Caution, ...]) -> str:
    """The invalid outcome (one of INVALID) of a run, "" for none; known before anything is judged."""
    void = any(caution.void for caution in cautions)
    return "interrupted" if info.interrupted else "void" if void else ""


def outcome_of(
    info: RunInfo,
    verdicts: tuple[Verdict, ...],
    cautions: tuple[Caution, ...],
    regressions: tuple[Regression, ...] = (),
) -> tuple[str, int]:
    """(outcome, exit code) by the table of docs/results.md; the higher line of the table wins."""
    counted = [v for v in verdicts if v.required and v.counts]
    if broken := invalid(info, cautions):
        outcome = broken
    elif info.stopped or any(v.outcome == "fail" for v in counted) or any(one.fails for one in regressions):
        outcome = "fail"
    elif not counted or any(v.outcome == "pending" for v in counted):  # silence is never a pass
        outcome = "unjudged"
    else:
        outcome = "warning" if any(v.outcome == "warning" for v in counted) else "pass"
    return outcome, 1 if outcome == "warning" and info.strict else EXIT_CODES[outcome]
