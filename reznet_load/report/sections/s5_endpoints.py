"""Section 5: the response times of the API's endpoints."""

from __future__ import annotations

from typing import Any

from reznet_load.core.rows import GET_AGENTS, GET_HEALTH, named
from reznet_load.core.run import SUITE
from reznet_load.report.lines import status
from reznet_load.report.parts.blocks import block
from reznet_load.report.parts.sentences import (
    ActionItems,
    action_items,
    failures,
    margin,
    outcome_in,
    tails,
    target,
    unmeasured,
    where_time_went,
)
from reznet_load.report.view import View, ms

_MEDIAN, _P95 = "api_p50", "api_p95"
_BLOCKS = (("Health Check", GET_HEALTH.key), ("Agent List Endpoint", GET_AGENTS.key))


def names(view: View) -> dict[str, Any]:
    """The values for the template `s5_endpoints.md.j2`."""
    return {
        "target": target(view, _MEDIAN, _P95),
        "status": status(view, _MEDIAN, _P95),
        "blocks": [(title, block(view, key)) for title, key in _BLOCKS],
        "analysis": _analysis(view),
        "actions": _actions(view),
    }


def _analysis(view: View) -> list[str]:
    rows = [row for row in view.users_rows() if named(row.key).is_rest and row.p95 is not None]
    found = margin(view, _MEDIAN, _P95) + where_time_went(view, _MEDIAN, _P95)
    if len(rows) > 1:
        slow = max(rows, key=lambda row: row.p95 or 0)
        if slow.key != getattr(view.verdict(_P95), "row", ""):
            found.append(f"The slowest at p95 is {slow.key} with {ms(slow.p95)}.")
        found += tails(view, rows, _P95)
    return found + failures(view, rows) or unmeasured(view, _MEDIAN, _P95)


def _actions(view: View) -> ActionItems:
    under_load = view.result.info.scenario != SUITE and view.row(GET_HEALTH.key) is not None
    fast = outcome_in(view, _MEDIAN) == outcome_in(view, _P95) == "pass"
    return action_items((under_load, "Time every endpoint under load"), (fast, _slow(view, fast)))


def _slow(view: View, fast: bool) -> str:
    slow = [v.row for v in view.result.verdicts if v.id in (_MEDIAN, _P95) and v.outcome == "fail"]
    if slow:
        return f"Profile {', '.join(dict.fromkeys(slow))}"
    return "Compare every endpoint with its limit: all are below" if fast else "Prove every endpoint below its limit"
