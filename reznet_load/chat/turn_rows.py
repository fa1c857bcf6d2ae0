"""The rows that turns are timed in. Long turns and turns that were left have their own rows, so that agents' turns of
different runs stay comparable.
"""

from __future__ import annotations

from dataclasses import dataclass

from reznet_load.core.measured.named_row import NamedRow
from reznet_load.core.rows import (
    AGENT_TURN,
    CHUNK_GAP,
    FIRST_TOKEN,
    LEFT_CHUNK_GAP,
    LEFT_FIRST_TOKEN,
    LEFT_TURN,
    LONG_CHUNK_GAP,
    LONG_FIRST_TOKEN,
    LONG_TURN,
)


@dataclass(frozen=True, slots=True)
class TurnRows:
    """The rows of one kind of turn.

    whole        ms until the whole reply, or until the user left
    first_token  ms until the first token
    gap          ms between two arrivals of text
    """

    whole: NamedRow
    first_token: NamedRow
    gap: NamedRow


OF_AGENTS = TurnRows(AGENT_TURN, FIRST_TOKEN, CHUNK_GAP)
OF_LONG = TurnRows(LONG_TURN, LONG_FIRST_TOKEN, LONG_CHUNK_GAP)
OF_LEFT = TurnRows(LEFT_TURN, LEFT_FIRST_TOKEN, LEFT_CHUNK_GAP)
