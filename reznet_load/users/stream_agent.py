"""`agent` for backends that are not RezNet: asks in conversations with a growing history."""

from __future__ import annotations

import time
import uuid
from typing import Any

from locust import task

from reznet_load.chat.dialect import Conversation, OwnQuestion
from reznet_load.chat.streamed import StreamedTurn
from reznet_load.chat.turn import Turn
from reznet_load.chat.turn_rows import OF_AGENTS
from reznet_load.core.measured.named_row import NamedRow
from reznet_load.core.rows import REOPENED
from reznet_load.core.system import clock
from reznet_load.load.samples.kept_operations import named
from reznet_load.load.streams.event_session import EventSession
from reznet_load.load.streams.session import StreamSession
from reznet_load.users.asking_user import AskingUser

# Questions of a conversation. Each is sent with the whole history, so the sixth question costs six times the first.
QUESTIONS = 6
_MOST_KEPT = 32_768  # characters of a reply that are kept in the history


class StreamAgentUser(AskingUser):
    """Times the first token, each gap and the whole reply of its questions; keeps its connection between questions.

    questions   questions of a conversation
    rows        the rows of its turns
    """

    kind = "agent"
    streams = True
    questions = QUESTIONS
    rows = OF_AGENTS

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        settings = self.shared.settings
        kind = EventSession if self.shared.dialect.socket_path else StreamSession
        self.session = kind(self.shared.reactor, self.access, settings.timeouts)
        self.headers = self.shared.dialect.access(settings.backend_key) | self.access.headers
        self.conversation = self.new_conversation()
        self._reopened = 0  # reopened connections that are already recorded

    def new_conversation(self) -> Conversation:
        """An empty conversation."""
        return Conversation(id=str(uuid.uuid4()), model=self.shared.settings.model, author=self.name)

    def about(self, **facts: Any) -> dict[str, Any]:
        """What identifies an operation: the ids of its request, the user, `facts`."""
        return named(self.session.ids) | {"user": self.name} | facts

    @task
    def ask(self) -> None:
        """One round: the next question of the conversation and its reply, unless the cost limit was exceeded."""
        late = self.begin()
        if self.shared.spent:
            self.skip_round()
            return
        text = self.question()
        dialect = self.shared.dialect
        request, own = dialect.ask(self.conversation, text)
        start = clock.now()
        turn = self.new_turn(own)
        try:
            with self.asking(turn, start, late):
                turn.asked_at = self.session.ask(request, StreamedTurn(turn, dialect, self.shared.shapes), self.headers)
                self.follow(turn)
        finally:
            self.session.done()
        self.report(turn, start, late)
        self._remember(text, turn)

    def question(self) -> str:
        """The text of the next question: one of the prompts."""
        return self.shared.prompts.pick(self.rng).text

    def new_turn(self, own: OwnQuestion) -> Turn:
        """A turn for the question `own`, which is sent now."""
        settings = self.shared.settings
        turn = Turn(own, time.perf_counter(), settings.timeouts, self.shared.dialect.echoes, kept=_MOST_KEPT)
        turn.rows = self.rows
        return turn

    def follow(self, turn: Turn) -> None:
        """Sleep until the session has closed the turn. Raises SessionError."""
        self.session.follow(turn)
        if turn.final_at is not None:  # after the end, the user only waits for a late error
            self.add_pause(time.perf_counter() - turn.final_at)

    def opens(self) -> NamedRow:
        """The row for what the session opens next."""
        return self.session.opens

    def connect(self) -> None:
        """Open a connection if none is open; count connections that the backend had closed between two questions."""
        super().connect()
        for _ in range(self.session.reopened - self._reopened):
            self.shared.recorder.count(REOPENED, 1.0, clock.now())
        self._reopened = self.session.reopened

    def _remember(self, text: str, turn: Turn) -> None:
        """Add a turn that succeeded to the history; begin a new conversation after `questions` of them."""
        if turn.failure is None and turn.said:
            self.conversation.said.append((text, turn.said))
        if len(self.conversation.said) >= self.questions:
            self.conversation = self.new_conversation()
            self.session.renew()
