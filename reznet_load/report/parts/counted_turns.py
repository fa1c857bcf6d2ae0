"""Says how the cost of agent turns is known: from the backend's count of tokens, or estimated from the text."""

from __future__ import annotations

from collections.abc import Iterable

from reznet_load.core.measured.measurement import Row
from reznet_load.core.rows import TOKENS_ANSWERED, TOKENS_COUNTED


def turns_counted(rows: Iterable[Row]) -> tuple[int, int]:
    """(turns whose tokens the backend counted, all turns) of `rows`; each turn is in one of two rows."""
    of = {TOKENS_COUNTED.key: 0, TOKENS_ANSWERED.key: 0}
    for row in rows:
        if row.key in of:
            of[row.key] += row.count
    return of[TOKENS_COUNTED.key], sum(of.values())


def how_counted(rows: Iterable[Row]) -> str:
    """`as the backend counts`, `by their text`, or the numbers of turns for both."""
    counted, turns = turns_counted(rows)
    if not counted:
        return "by their text"
    return (
        "as the backend counts"
        if counted == turns
        else f"{counted} of {turns} as the backend counts, the others by their text"
    )
