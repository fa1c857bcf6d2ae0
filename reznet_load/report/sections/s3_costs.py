"""What a run has cost: a table and sentences of section 3."""

from __future__ import annotations

from typing import Any

from reznet_load.core.money.bill import PROBES, TURNS, Item, from_data
from reznet_load.core.rows import TOKENS_ANSWERED, TOKENS_ASKED
from reznet_load.core.units import format_value
from reznet_load.report.parts.server_facts import facts
from reznet_load.report.view import View


def names(view: View) -> dict[str, Any]:
    """Of `s3_costs.md.j2`."""
    return {"costs": _table(view)}


def _table(view: View) -> list[dict[str, str]]:
    """A line for everything that is paid for."""
    bill = from_data(view.result.info.cost)
    return [_probes(view, item) if item.what == PROBES else _turns(view, item) for item in bill.items]


def _probes(view: View, item: Item) -> dict[str, str]:
    found = facts(view, "providers").get(item.provider, {})
    routes = [found, *found.get("networks", {}).values()] if found else []
    asked, tokens_in, tokens_out = (sum(one.get(n, 0) for one in routes) for n in ("asked", "tokens_in", "tokens_out"))
    usd = None if item.price is None else item.price.cost(tokens_in, tokens_out)
    each = usd / asked if usd is not None and asked else None
    estimated = sum(one.get("estimated", 0) for one in routes)
    how = (
        f"by the text of {estimated} of {asked} replies, which came without a count"
        if estimated
        else "as the provider counts"
    )
    return _line(item, asked, f"{tokens_in}, {tokens_out}, {how}", each, usd)


def _turns(view: View, item: Item) -> dict[str, str]:
    asked, answered = view.row(TOKENS_ASKED.key), view.row(TOKENS_ANSWERED.key)
    turns = sum(row.count for row in view.result.rows if row.key == TOKENS_ANSWERED.key)
    each = None
    if item.price is not None and asked and answered and asked.mean is not None and answered.mean is not None:
        each = item.price.cost(asked.mean, answered.mean)
    usd = view.result.info.cost.get("spent", {}).get("users") if item.price is not None else None
    return _line(item, turns, ", ".join(_tokens_a_turn(view)) + " a turn, by its text", each, usd)


def _tokens_a_turn(view: View) -> list[str]:
    """In and out."""
    rows = view.row(TOKENS_ASKED.key), view.row(TOKENS_ANSWERED.key)
    return [format_value(row.mean if row else None, "count") for row in rows]


def _line(item: Item, count: int, tokens: str, each: float | None, usd: float | None) -> dict[str, str]:
    unknown = "⏳ price unknown" if item.price is None else "-"
    return {
        "what": f"{item.what} ({item.provider}, {item.model or 'model unknown'})",
        "count": str(count),
        "tokens": tokens,
        "each": unknown if each is None else f"{each:.6f} USD",
        "usd": unknown if usd is None else format_value(usd, "USD"),
        "forecast": unknown if item.usd is None else format_value(item.usd, "USD") if item.count else "until Stop",
    }


def sentences(view: View) -> list[str]:
    """What an agent turn costs, or why it costs nothing; none where none was answered."""
    info, bill = view.result.info, from_data(view.result.info.cost)
    found = []
    if view.row(TOKENS_ANSWERED.key) and info.deployment.simulated:
        asked, answered = _tokens_a_turn(view)
        found.append(f"An agent turn has about {asked} tokens in and {answered} out; simulated, it costs nothing.")
    if any(item.what == TURNS for item in bill.items):
        found.append(
            "The cost of agent turns is estimated from the text that users saw, four characters a token: what the backend "
            "adds to a question (persona, history) is not seen, and not in it."
        )
    if bill.items:
        limit = "none" if bill.limit is None else format_value(bill.limit, "USD")
        found.append(
            f"Spent: {format_value(sum(info.cost.get('spent', {}).values()), 'USD')}; limit (--max-cost): {limit}."
        )
    return found
