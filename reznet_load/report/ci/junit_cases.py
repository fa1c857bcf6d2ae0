"""A run as test cases, for JUnit and GitHub's annotations.

A case is a failure or an error exactly if the exit code of the run is not 0.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from reznet_load.core.regression import PROVEN, Regression
from reznet_load.core.run import INVALID, Verdict
from reznet_load.core.text.foreign_text import for_terminal
from reznet_load.core.units import format_value

# Results of a test case; WARNED is a pass with a text.
PASSED, WARNED, SKIPPED, FAILURE, ERROR = "passed", "warned", "skipped", "failure", "error"
RED = (FAILURE, ERROR)
_WHOLE = "the run can be judged"
_LONGEST = 1000  # characters of a message


@dataclass(frozen=True, slots=True)
class JUnitSuite:
    """One run.

    outcome         a key of core.run.EXIT_CODES
    about           a name that is the same in each run, by which a CI finds the same case in the previous run; "": `name`
    reason          why the whole run has no verdict: refused, void, interrupted; "" if it has one
    stopped         why --stop-on-fail ended the run early; "" if it did not
    warnings_fail   True with --strict
    seconds         duration of the run
    """

    name: str
    outcome: str
    verdicts: tuple[Verdict, ...]
    about: str = ""
    reason: str = ""
    regressions: tuple[Regression, ...] = ()
    stopped: str = ""
    warnings_fail: bool = False
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class JUnitCase:
    """A test case: a requirement, a regression or the whole run. `message` is one line; `text` also has the evidence."""

    name: str
    kind: str
    message: str
    text: str


def cases(suite: JUnitSuite) -> tuple[JUnitCase, ...]:
    """The test cases in the order of the requirements. If the whole run has no verdict, its case is the first."""
    judged = [_of_verdict(suite, verdict) for verdict in suite.verdicts]
    made = [*judged, *(_of_regression(suite, one) for one in suite.regressions if one.kind == PROVEN)]
    if suite.stopped and suite.outcome not in INVALID:
        reason = for_terminal(suite.stopped, _LONGEST)
        made.insert(0, JUnitCase("the run goes to its end", FAILURE, reason, reason))
    if suite.outcome in INVALID or (suite.outcome == "unjudged" and not any(one.kind == ERROR for one in judged)):
        reason = for_terminal(suite.reason or "no requirement that counts was measured", _LONGEST)
        made.insert(0, JUnitCase(_WHOLE, ERROR, reason, reason))
    return tuple(made)


def _of_verdict(suite: JUnitSuite, verdict: Verdict) -> JUnitCase:
    title = for_terminal(verdict.title)
    if Counter(one.title for one in suite.verdicts)[verdict.title] > 1:
        title += f" ({for_terminal(verdict.phase or verdict.id)})"
    text = _evidence(verdict)
    return JUnitCase(title, _kind(verdict, suite.warnings_fail), for_terminal(verdict.reason, _LONGEST) or text, text)


def _kind(verdict: Verdict, warnings_fail: bool) -> str:
    counts = verdict.required and verdict.counts
    if verdict.outcome == "pass":
        return PASSED
    if verdict.outcome == "warning":
        return FAILURE if counts and warnings_fail else WARNED
    if not counts:
        return SKIPPED
    return ERROR if verdict.outcome == "pending" else FAILURE


def _of_regression(suite: JUnitSuite, one: Regression) -> JUnitCase:
    title = next((v.title for v in suite.verdicts if v.id == one.id), one.id)
    text = for_terminal(one.text, _LONGEST)
    kind = FAILURE if one.fails and suite.outcome not in INVALID else SKIPPED
    return JUnitCase(
        f"{for_terminal(title)}: no regression", kind, text, f"{text}. {for_terminal(one.evidence, _LONGEST)}"
    )


def _evidence(verdict: Verdict) -> str:
    value, low, high = (format_value(one, verdict.unit) for one in (verdict.value, verdict.low, verdict.high))
    row = f", row {for_terminal(verdict.row)}" if verdict.row else ""
    reason = f"; {for_terminal(verdict.reason, _LONGEST)}" if verdict.reason else ""
    return f"{value} ({low} to {high}), limit {for_terminal(verdict.limit)}, n={verdict.n}{row}{reason}"
