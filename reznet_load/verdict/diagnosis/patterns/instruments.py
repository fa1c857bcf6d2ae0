"""Patterns of instruments: what the backend reports about itself is wrong."""

from __future__ import annotations

import re

from reznet_load.core.rows import AGENT_LIST_STATEMENTS, GET_MESSAGES, QUERY_COUNT
from reznet_load.verdict.diagnosis.evidence import Evidence
from reznet_load.verdict.diagnosis.patterns import thresholds as at
from reznet_load.verdict.diagnosis.patterns.rule import Rule, Seen, at_least

# A call that is never cached, and its statement as PostgreSQL counts it, however its SQL is written.
_CALL = GET_MESSAGES.key
PAGE = re.compile(r'^select\b.*\bfrom\s+("?\w+"?\.)?"?messages"?\b.*\bchannel_id\b', re.IGNORECASE)


def _see_lying(evidence: Evidence) -> Seen | None:
    """The header says that no statement ran, but pg_stat_statements counted some."""
    counter = evidence.rows.get(QUERY_COUNT.of(_CALL).key)
    if counter is None or counter.count < at.FEWEST_READS or counter.maximum != 0:
        return None
    calls = sum(one["calls"] for one in evidence.facts("postgres").get("statements", []) if PAGE.search(one["query"]))
    if calls < at.STATEMENTS_A_REQUEST * counter.count:
        return None
    return Seen({"requests": str(counter.count), "call": _CALL, "calls": str(calls)})


def _counted(evidence: Evidence) -> str:
    return evidence.hidden(AGENT_LIST_STATEMENTS.key)


RULES = (
    Rule(
        "instrument_lies",
        "a backend that counts its queries wrongly",
        "X-Query-Count says 0 where statements ran.",
        "{requests} answers of {call} said 0; PostgreSQL counted {calls} message pages for the backend in this run.",
        "Trust pg_stat_statements; repair the counter (it is often set in one context and read in another) before you "
        "build an alarm on it.",
        (),
        "Infrastructure",
        ("rest", "postgres"),
        "--fault lying-instrument",
        _see_lying,
        (_counted, at_least(QUERY_COUNT.of(_CALL).key, at.FEWEST_READS, "answers with the header")),
    ),
)
