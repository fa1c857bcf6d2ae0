"""Section 1: the response times of agents."""

from __future__ import annotations

from typing import Any

from reznet_load.core.deployment import REAL, SIMULATED
from reznet_load.core.rows import AGENT_TURN, FAILED_REPLY, FIRST_TOKEN, SIMPLE_TURN
from reznet_load.report.lines import status
from reznet_load.report.parts.blocks import block, of_failed
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
from reznet_load.report.view import View

_NFR = "agent_response_p95"
_WHY_NOT = {
    REAL: "",
    SIMULATED: " (this run's was simulated)",
    "": " (the backend does not say whether this run's was: name it with --backend-provider PROVIDER=MODEL)",
}


def names(view: View) -> dict[str, Any]:
    """The values for the template `s1_agents.md.j2`."""
    return {
        "target": target(view, _NFR),
        "status": status(view, _NFR),
        "whole": block(view, AGENT_TURN.key),
        "simple": block(view, SIMPLE_TURN.key),
        "of_failed": of_failed(view, FAILED_REPLY.key),
        "analysis": _analysis(view),
        "actions": _actions(view),
    }


def _analysis(view: View) -> list[str]:
    whole, first = view.row(AGENT_TURN.key), view.row(FIRST_TOKEN.key)
    found = margin(view, _NFR) + where_time_went(view, _NFR) + tails(view, [whole] if whole else [], _NFR)
    if whole and first and whole.mean and first.mean:
        share = 100 * first.mean / whole.mean
        found.append(f"The wait for the first token is {share:.0f} % of a whole reply. The rest is streaming.")
    if whole and whole.cut_off:
        found.append(f"{whole.cut_off} replies were still streaming when the run ended and count as neither.")
    return found + failures(view, [whole] if whole else []) or unmeasured(view, _NFR)


def _actions(view: View) -> ActionItems:
    turn = view.row(AGENT_TURN.key) is not None
    known = view.result.info.deployment.provider_is
    met = outcome_in(view, _NFR) == "pass"
    known_why = any(_NFR in one.about and one.cost > 0 for one in view.result.findings)
    where = " (Known Issues)" if known_why else ""
    return action_items(
        (turn and known == REAL, f"Run with a real provider's key{_WHY_NOT[known] if turn else ''}"),
        (turn, "Analyze p95 response times"),
        (met or known_why, "No bottleneck to identify: the target is met" if met else f"Identify bottlenecks{where}"),
    )
