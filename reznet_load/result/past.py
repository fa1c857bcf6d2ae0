"""Compares a judged run with comparable earlier runs: changes and regressions."""

from __future__ import annotations

from dataclasses import replace

from reznet_load.core.nfr import Requirements
from reznet_load.core.outcome import invalid
from reznet_load.core.run import RunResult
from reznet_load.history.comparable import comparable
from reznet_load.history.regress import regress
from reznet_load.history.store import line_of
from reznet_load.result.context import RunContext


def against_past(result: RunResult, requirements: Requirements, context: RunContext) -> RunResult:
    """`result` with its comparison with `context` (result.context); an invalid run is not compared."""
    if invalid(result.info, result.cautions):
        return result
    line = line_of(result)
    found = regress(requirements, line, comparable(line, context.history), context.baseline)
    return replace(result, changes=found.changes, regressions=found.regressions)
