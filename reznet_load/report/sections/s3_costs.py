"""The cost of a run: a table and sentences in section 3."""

from __future__ import annotations

from typing import Any

from reznet_load.core.measured.named_row import NamedRow
from reznet_load.core.money.bill import PROBES, TURNS, Item, from_data
from reznet_load.core.rows import TOKENS_ANSWERED, TOKENS_ASKED, TOKENS_ASKED_COUNTED, TOKENS_COUNTED
from reznet_load.core.units import format_value
from reznet_load.report.parts.counted_turns import how_counted, turns_counted
from reznet_load.report.parts.server_facts import facts
from reznet_load.report.view import View

# A turn is in one row of each pair: the backend's count of tokens, or an estimate from the text.
_ASKED, _ANSWERED = (TOKENS_ASKED, TOKENS_ASKED_COUNTED), (TOKENS_ANSWERED, TOKENS_COUNTED)


def names(view: View) -> dict[str, Any]:
    """The values for the template `s3_costs.md.j2`."""
    return {"costs": _table(view)}


def _table(view: View) -> list[dict[str, str]]:
    """A line for each thing that costs money."""
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
    asked, answered = (_mean(view, *rows) for rows in (_ASKED, _ANSWERED))
    _, turns = turns_counted(view.result.rows)
    each = None
    if item.price is not None and asked is not None and answered is not None:
        each = item.price.cost(asked, answered)
    how = how_counted(view.result.rows).replace("their", "its")
    usd = view.result.info.cost.get("spent", {}).get("users") if item.price is not None else None
    return _line(item, turns, ", ".join(_tokens_a_turn(view)) + f" a turn, {how}", each, usd)


def _tokens_a_turn(view: View) -> list[str]:
    """Mean tokens of a turn, in and out, as text."""
    return [format_value(_mean(view, *rows), "count") for rows in (_ASKED, _ANSWERED)]


def _mean(view: View, *rows: NamedRow) -> float | None:
    """The mean over the turns of all `rows`; each turn is in one of them. None if there were no turns."""
    found = [row for one in rows if (row := view.row(one.key)) is not None and row.mean is not None]
    count = sum(row.count for row in found)
    return sum(row.count * float(row.mean or 0.0) for row in found) / count if count else None


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


def _how_known(view: View) -> str:
    """How the cost of turns was counted, in words."""
    counted, turns = turns_counted(view.result.rows)
    text = "estimated from the text that users saw, four characters a token"
    if not counted:
        unseen = "persona, history" if view.result.info.deployment.is_reznet else "a system prompt, tools"
        return f"The cost of agent turns is {text}: what the backend adds to a question ({unseen}) is not seen, and not in it."
    if counted == turns:
        return (
            "The cost of agent turns is that of the tokens which the backend itself counted, at the price of its model."
        )
    return (
        f"The cost of agent turns is that of the tokens which the backend itself counted for {counted} of {turns} turns; of the "
        f"others (left, failed, or answered without a count) it is {text}."
    )


def sentences(view: View) -> list[str]:
    """Sentences on what an agent turn costs, or why it costs nothing; [] if no turn was answered."""
    info, bill = view.result.info, from_data(view.result.info.cost)
    found = []
    if _mean(view, *_ANSWERED) is not None and info.deployment.simulated:
        asked, answered = _tokens_a_turn(view)
        found.append(
            f"An agent turn has about {asked} tokens in and {answered} out. The provider is simulated, so it costs nothing."
        )
    if any(item.what == TURNS for item in bill.items):
        found.append(_how_known(view))
    if bill.items:
        limit = "none" if bill.limit is None else format_value(bill.limit, "USD")
        found.append(
            f"Spent: {format_value(sum(info.cost.get('spent', {}).values()), 'USD')}; limit (--max-cost): {limit}."
        )
    return found
