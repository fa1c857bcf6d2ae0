"""Query plans that the load made worse: a query reads more and more rows for the same answer.

Section 2 and Opportunities show them. They are not a rule of `verdict/diagnosis`, because no requirement needs to be
near its limit, and the target has no fault that causes them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from reznet_load.core.units import format_value
from reznet_load.report.parts.server_facts import facts
from reznet_load.report.view import View, ms

MANY = 20.0  # rows that are read for each returned row
SLOWER, LEAST_MS = 2.0, 1.0  # least factor and least difference to the time before the load: one EXPLAIN varies by less
_BY_TIME = "idx_messages_created_at"
_DEEP = "deep page"
_SKIPS = "skips the newest 2 000 of a channel"
_IN_WORDS = {"message page": "the newest message page", _DEEP: "old messages", "agent list": "the agent list"}
# The index of the NFR document that holds a channel's messages together.
_MEANT = dict.fromkeys(("message page", _DEEP), "idx_messages_channel_created")


@dataclass(frozen=True, slots=True)
class Grown:
    """The plan of a query `before` and `after` the load, as the probe stores it."""

    query: str
    before: dict[str, Any]
    after: dict[str, Any]

    @property
    def index(self) -> str:
        """The index that the plan uses."""
        return ", ".join(self.after["indexes"]) or f"all of {', '.join(self.after['sequential'])}"


def grown(view: View) -> list[Grown]:
    """The queries that read MANY or more rows for each returned row, more than before the load, and are clearly slower."""
    before, after = (facts(view, "postgres", when).get("plans", {}) for when in ("before", "after"))
    found = [Grown(name, before[name], plan) for name, plan in after.items() if name in before]
    return [one for one in found if _worse(one.before, one.after)]


def _worse(before: dict[str, Any], after: dict[str, Any]) -> bool:
    many = after["rows_read"] >= MANY * max(after["rows_returned"], 1)
    slower = after["ms"] >= max(SLOWER * before["ms"], before["ms"] + LEAST_MS)
    return many and slower and after["rows_read"] > before["rows_read"]


def sentences(view: View) -> list[str]:
    """A sentence for each index that `grown` plans use, with their numbers."""
    return [_sentence(view, plans) for plans in _by_index(view)]


def advised(view: View) -> list[str]:
    """What to do about each of them."""
    return [_advice(plans) for plans in _by_index(view)]


def _by_index(view: View) -> list[list[Grown]]:
    groups: dict[str, list[Grown]] = {}
    for one in grown(view):
        groups.setdefault(one.index, []).append(one)
    return list(groups.values())


def _sentence(view: View, plans: list[Grown]) -> str:
    through, grows = plans[0].index, "the table grows"
    if through == _BY_TIME:
        through += ", which holds the messages of all channels by time"
        grows = "a message is added, in whatever channel"
    text = " ".join(_numbers(one) for one in plans)
    way = f"PostgreSQL goes through {through}{_instead(view, plans[0])}"
    return f"{text} {way}. It reads more rows for the same answer whenever {grows}."


def _advice(plans: list[Grown]) -> str:
    first = plans[0]
    text = f"The query for {in_words(first.query)} reads ever more rows and takes ever longer (section 2)."
    if first.after["indexes"]:
        return (
            f"{text} On a copy of the database, drop {first.index} and run EXPLAIN ANALYZE for this query again. If it "
            "then reads fewer rows, PostgreSQL chose the wrong index."
        )
    return f"{text} Look at its plan again with as many rows as you expect."


def in_words(query: str) -> str:
    """What the probe's query with this name asks for, in words."""
    return _IN_WORDS.get(query, query)


def in_table(query: str) -> str:
    """The same for a table, with what the query for old messages skips."""
    return in_words(query) + (f" ({_SKIPS})" if query == _DEEP else "")


def old_messages(view: View) -> str:
    """`The query for old messages`; what it skips is explained unless `sentences` do so."""
    explained = any(one.query == _DEEP for one in grown(view))
    return f"The query for {in_words(_DEEP)}" + ("" if explained else f", which {_SKIPS},")


def _numbers(plan: Grown) -> str:
    skips = f", which {_SKIPS}," if plan.query == _DEEP else ""
    was, read = (format_value(one["rows_read"], "count") for one in (plan.before, plan.after))
    return (
        f"To return {format_value(plan.after['rows_returned'], 'count')} rows, the query for {in_words(plan.query)}{skips} read "
        f"{was} rows before the load ({ms(plan.before['ms'])}) and {read} after it ({ms(plan.after['ms'])})."
    )


def _instead(view: View, plan: Grown) -> str:
    """The end of a sentence: the index that was made for this query and was not used; "" if this is not known."""
    meant, there = _MEANT.get(plan.query), facts(view, "postgres", "before").get("indexes", [])
    if meant not in there or meant in plan.after["indexes"]:
        return ""
    unused = meant in facts(view, "postgres").get("indexes_unused", [])
    return f"; {meant} was not used once" if unused else f", not {meant}"
