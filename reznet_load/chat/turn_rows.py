"""The rows that turns of a kind are timed in. Turns that cost a backend more have their own: those of agents stay comparable."""

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
    """Of a turn: until the whole reply (or until its user left), its first token, the gaps between its texts."""

    whole: NamedRow
    first_token: NamedRow
    gap: NamedRow


OF_AGENTS = TurnRows(AGENT_TURN, FIRST_TOKEN, CHUNK_GAP)
OF_LONG = TurnRows(LONG_TURN, LONG_FIRST_TOKEN, LONG_CHUNK_GAP)
OF_LEFT = TurnRows(LEFT_TURN, LEFT_FIRST_TOKEN, LEFT_CHUNK_GAP)
