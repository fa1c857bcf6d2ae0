"""`agent` of a backend that is not RezNet: a conversation with a history that grows, then a new one."""

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

# Questions of one conversation. Each is sent with all that was said before, so the sixth costs six times the first.
QUESTIONS = 6
_MOST_KEPT = 32_768  # characters of a reply that go into the history


class StreamAgentUser(AskingUser):
    """Asks, takes the first token, every gap and the whole reply; keeps its connection while it thinks.

    questions   of one conversation           rows   where its turns are timed
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
        self._reopened = 0  # connections of the session that are counted already

    def new_conversation(self) -> Conversation:
        """One in which nothing was said yet."""
        return Conversation(id=str(uuid.uuid4()), model=self.shared.settings.model, author=self.name)

    def about(self, **facts: Any) -> dict[str, Any]:
        """The user that asked, its request, and its own `facts`."""
        return named(self.session.ids) | {"user": self.name} | facts

    @task
    def ask(self) -> None:
        """One question of the conversation and everything that comes back."""
        late = self.begin()
        if self.shared.spent:
            self.no_round()
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
        """What is asked next."""
        return self.shared.prompts.pick(self.luck).text

    def new_turn(self, own: OwnQuestion) -> Turn:
        """What comes back to `own`, from now on."""
        settings = self.shared.settings
        turn = Turn(own, time.perf_counter(), settings.timeouts, self.shared.dialect.echoes, kept=_MOST_KEPT)
        turn.rows = self.rows
        return turn

    def follow(self, turn: Turn) -> None:
        """As the session does."""
        self.session.follow(turn)
        if turn.final_at is not None:  # after it the user only watches for an error
            self.paused(time.perf_counter() - turn.final_at)

    def opens(self) -> NamedRow:
        """As the session says."""
        return self.session.opens

    def connect(self) -> None:
        """Open a connection where none is; those that were closed between two questions are counted."""
        super().connect()
        for _ in range(self.session.reopened - self._reopened):
            self.shared.recorder.count(REOPENED, 1.0, clock.now())
        self._reopened = self.session.reopened

    def _remember(self, text: str, turn: Turn) -> None:
        """A failed turn is no part of the history: its user asks something else, as in a chat window."""
        if turn.failure is None and turn.said:
            self.conversation.said.append((text, turn.said))
        if len(self.conversation.said) >= self.questions:
            self.conversation = self.new_conversation()
            self.session.renew()
