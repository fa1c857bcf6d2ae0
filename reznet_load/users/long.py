"""`long`: conversations of 20 questions, each sent with the whole history. What does a growing history cost?"""

from __future__ import annotations

from reznet_load.chat.turn import Turn
from reznet_load.chat.turn_rows import OF_LONG
from reznet_load.core.rows import LONG_FIRST_BY
from reznet_load.users.stream_agent import StreamAgentUser

QUESTIONS = 20
_GROUP = 5  # questions of a conversation whose first tokens share a row


class LongUser(StreamAgentUser):
    """Asks like an `agent` user, in longer conversations. Its turns have rows of their own."""

    kind = "long"
    questions = QUESTIONS
    rows = OF_LONG

    def report(self, turn: Turn, start: float, late: float | None) -> None:
        """Record the turn, and its first token in the row for the length of the history."""
        super().report(turn, start, late)
        if turn.first_token_at is not None and turn.failure is None:
            row = LONG_FIRST_BY.of(group_of(len(self.conversation.said)))
            self.shared.recorder.count(row, (turn.first_token_at - turn.asked_at) * 1000, start)


def group_of(answered: int) -> str:
    """The group of the next question, like `questions 1 to 5`, if `answered` questions of the conversation have a reply."""
    first = answered // _GROUP * _GROUP + 1
    return f"questions {first} to {first + _GROUP - 1}"
