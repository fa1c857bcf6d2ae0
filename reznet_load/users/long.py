"""`long`: conversations of 20 turns, each sent with all that was said before: what does a growing history cost?"""

from __future__ import annotations

from reznet_load.chat.turn import Turn
from reznet_load.chat.turn_rows import OF_LONG
from reznet_load.core.rows import LONG_FIRST_BY
from reznet_load.users.stream_agent import StreamAgentUser

QUESTIONS = 20
_FIFTH = 5  # questions of a conversation whose first tokens are counted together


class LongUser(StreamAgentUser):
    """Asks as an agent user does, in conversations that are long; its turns have rows of their own."""

    kind = "long"
    questions = QUESTIONS
    rows = OF_LONG

    def report(self, turn: Turn, start: float, late: float | None) -> None:
        """The turn, and its first token by how much was said before."""
        super().report(turn, start, late)
        if turn.first_token_at is not None and turn.failure is None:
            row = LONG_FIRST_BY.of(part_of(len(self.conversation.said)))
            self.shared.recorder.count(row, (turn.first_token_at - turn.asked_at) * 1000, start)


def part_of(said: int) -> str:
    """Which questions of a conversation the next one is among, where `said` were answered: `questions 1 to 5`."""
    first = said // _FIFTH * _FIFTH + 1
    return f"questions {first} to {first + _FIFTH - 1}"
