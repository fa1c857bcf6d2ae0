"""The kinds of users that only `--mix` adds: long conversations, and users who leave during a reply."""

from __future__ import annotations

from typing import Any

from reznet_load.core.probes import PROBES
from reznet_load.core.rows import CHUNKS_BEFORE_LEAVING, LEFT_TURN, LONG_FIRST_BY, OVER_BEFORE_LEAVING, STOP, named
from reznet_load.core.units import format_value
from reznet_load.report.parts.blocks import figures
from reznet_load.report.parts.server_facts import facts
from reznet_load.report.view import View, ms

_ENDS = (
    (LEFT_TURN, "A question sent, to the moment its user left"),
    (CHUNKS_BEFORE_LEAVING, "Pieces of the reply until then"),
    (STOP, "Stop call, to the backend's answer"),
    (OVER_BEFORE_LEAVING, "Replies that were over before their user left"),
)
_FEW = 5  # with fewer first tokens a mean is not shown


def names(view: View) -> dict[str, Any]:
    """The values for the template `chat/behaviours.md.j2`, which is empty if the run has neither kind."""
    has = view.result.info.has
    return {
        "long": _long(view),
        "long_said": _growth(view),
        "left": [{"title": title} | figures(row) for one, title in _ENDS if (row := view.row(one.key))],
        "left_said": _left(view) if "impatient" in has else [],
    }


def _long(view: View) -> list[dict[str, str]]:
    """Lines of first tokens by position in the conversation, in ascending order."""
    found = {_first(row.key): row for row in view.judged if _first(row.key)}
    return [{"title": f"Questions {_part(found[at].key)}"} | figures(found[at]) for at in sorted(found)]


def _part(key: str) -> str:
    return key.rpartition(" questions ")[2]


def _first(key: str) -> int:
    """The number of the first question in the part of a conversation that the row `key` covers; 0 for other rows."""
    about = LONG_FIRST_BY.find(named(key).kind, named(key).name)
    number = _part(key).partition(" ")[0]
    return int(number) if about is not None and number.isdigit() else 0


def _growth(view: View) -> list[str]:
    found = sorted(
        (
            (first, row)
            for row in view.judged
            if (first := _first(row.key)) and row.count >= _FEW and row.mean is not None
        ),
        key=lambda pair: pair[0],
    )
    if len(found) < 2:
        return []
    (_, early), (_, late) = found[0], found[-1]
    return [
        f"The first token came after {ms(early.mean)} on average in questions {_part(early.key)} of a conversation, and after "
        f"{ms(late.mean)} in questions {_part(late.key)}, which are sent with more history."
    ]


def _left(view: View) -> list[str]:
    row = view.row(LEFT_TURN.key)
    if row is None or not row.count:
        return ["No user left in mid-stream in the judged phase."]
    how = (
        "said stop and closed the connection" if view.row(STOP.key) else "closed the connection; there is no stop call"
    )
    found = [f"{format_value(row.count, 'count')} replies were left in mid-stream: their users {how}."]
    return [*found, _paid(view)]


def _paid(view: View) -> str:
    """The sentence that says whether the backend stops paying for replies after users have left."""
    seen = facts(view, "left_calls")
    if not isinstance(calls := seen.get("calls"), int):
        why = view.result.info.lacks.get("left_calls", PROBES["left_calls"].absent)
        return f"Whether the backend stops paying for them is not known: {why}."
    on, unseen = int(seen.get("still_on", 0)), int(seen.get("unseen", 0))
    beyond = f" {_calls(on)} still on at the end of the run." if on else ""
    beyond += f" {_calls(unseen)} never seen at the provider." if unseen else ""
    if not calls:
        return f"No call at the provider had ended after its user left.{beyond}"
    ended, tokens = int(seen.get("to_their_end", 0)), int(seen.get("tokens", 0))
    if not ended:
        more = f"they made {format_value(tokens, 'tokens')} more in all" if tokens else "they made no token more"
        return (
            f"The backend stops paying: none of {format_value(calls, 'count')} calls at the provider ran to its end after its user "
            f"left; {more}.{beyond}"
        )
    return (
        f"The backend goes on paying: {format_value(ended, 'count')} of {format_value(calls, 'count')} calls at the provider ran "
        f"to their end after their user had left; they made {format_value(tokens / ended, 'tokens')} more each.{beyond}"
    )


def _calls(count: int) -> str:
    return "1 call was" if count == 1 else f"{count} calls were"
