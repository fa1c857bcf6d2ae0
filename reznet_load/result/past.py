"""A judged run beside the comparable runs before it: its changes and regressions, and the outcome with them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from reznet_load.core.nfr import Requirements
from reznet_load.core.run import RunResult, outcome_of
from reznet_load.history.comparable import comparable, valid
from reznet_load.history.regress import regress
from reznet_load.history.store import line_of


def beside_past(result: RunResult, requirements: Requirements, context: dict[str, Any]) -> RunResult:
    """`result` with what `context` (report.context) says of it; a run that is not valid is compared with nothing."""
    line = line_of(result)
    if not valid(line):
        return result
    found = regress(requirements, line, comparable(line, context["history"]), context["baseline"])
    verdicts = (*result.verdicts, *result.behaviour)
    outcome, code = outcome_of(result.info, verdicts, result.cautions, found.regressions)
    return replace(result, outcome=outcome, exit_code=code, changes=found.changes, regressions=found.regressions)
