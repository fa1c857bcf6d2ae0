"""Says what a PROBE row is, in each problem that names one."""

from __future__ import annotations

from dataclasses import replace

from reznet_load.core.measured.named_row import PROBE
from reznet_load.core.rows import (
    AGENT_LIST_QUERY,
    CACHE_GET,
    CACHE_READ,
    CACHE_SET,
    DEEP_PAGE_QUERY,
    MESSAGE_PAGE_QUERY,
    QUERY_REDUCTION,
    is_of_provider,
    named,
)
from reznet_load.core.run import SUITE
from reznet_load.report.problems.problem import Problem
from reznet_load.report.view import View
from reznet_load.verdict.diagnosis.evidence import PROVIDERS

_QUERY, _COMMAND = "query that reznet-load itself sends", "command that reznet-load itself sends to Redis"
_SENT = dict.fromkeys((AGENT_LIST_QUERY.key, MESSAGE_PAGE_QUERY.key, DEEP_PAGE_QUERY.key), _QUERY) | dict.fromkeys(
    (CACHE_GET.key, CACHE_SET.key), _COMMAND
)
_COUNTED = {
    CACHE_READ.key: "counts the backend's reads of the cache, with Redis's own counters.",
    QUERY_REDUCTION.key: "counts the requests for the agent list that needed no query, with PostgreSQL's own counters.",
}


def with_probes(view: View, problem: Problem) -> Problem:
    """`problem` with a sentence at the start of its evidence for each PROBE row that its title or evidence names."""
    text = f"{problem.text} {problem.evidence}"
    explained: list[str] = []
    # A longer name first, because a name can be the beginning of another.
    for row in sorted(_probes(view), key=len, reverse=True):
        if row in text:
            text = text.replace(row, "")
            explained.append(f"{row} {_what(row, 'run' if view.result.info.scenario == SUITE else 'load')}")
    return replace(problem, evidence=" ".join([*explained, problem.evidence]).strip()) if explained else problem


def _probes(view: View) -> set[str]:
    keys = {one.key for one in view.result.rows} | {one.row for one in view.result.verdicts}
    return {key for key in keys if named(key).kind == PROBE}


def _what(row: str, during: str) -> str:
    if any(is_of_provider(row, name) for name in PROVIDERS):
        return f"is timed on a question that reznet-load itself asks the provider during the {during}."
    if row in _SENT:
        return f"is a {_SENT[row]} during the {during}."
    return _COUNTED.get(row, f"is measured by reznet-load itself, not by a user: {named(row).about}.")
