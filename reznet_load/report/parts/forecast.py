"""Checks the forecast that a run prints before its first user: how many users will meet a busy agent."""

from __future__ import annotations

from reznet_load.core.finding import NOT_FOUND
from reznet_load.core.kinds import AGENTS, users_with
from reznet_load.core.run import INVALID, RunResult

_PATTERN = "agents_one_at_a_time"  # in verdict/diagnosis/patterns/agents.py


def kept(result: RunResult) -> str:
    """A sentence that no agent was busy although more users asked than there are agents.

    "" if agents were busy, or if this is not known.
    """
    info = result.info
    agents, askers = len(info.deployment.agents), users_with(info.mix, AGENTS)
    clear = any(one.id == _PATTERN and one.answer == NOT_FOUND for one in result.patterns)
    if not clear or not 0 < agents < askers or result.outcome in INVALID:
        return ""
    return f"No agent refused a question as busy: {agents} agents answered {askers} users, several at a time."
