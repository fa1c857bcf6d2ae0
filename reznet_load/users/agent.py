"""`agent`: asks an agent of RezNet in a channel of its own and reads the streamed reply, one question after another."""

from __future__ import annotations

import time
from typing import Any

from locust import task

from reznet_load.chat.dialect import Conversation, Event
from reznet_load.chat.prompts import addressed
from reznet_load.chat.turn import Turn
from reznet_load.core.system import clock
from reznet_load.users.asking_user import AskingUser
from reznet_load.users.socket_user import SocketUser


class AgentUser(AskingUser, SocketUser):
    """Times the echo, the first token, each gap and the whole reply of its questions."""

    kind = "agent"

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        self.channel = ""
        self.session.on_lost = self._on_lost
        self.session.wanted = frozenset()

    def on_start(self) -> None:
        """Take a channel, then open the socket."""
        self.channel = self.own_channel()
        super().on_start()

    def on_event(self, event: Event, at: float) -> None:
        """Pass each event to the open turn, which ignores events of other turns."""
        turn = self.turn
        if turn is None:
            return
        turn.hear(self.shared.dialect, event, at)
        self.session.wanted = turn.own.wants
        if turn.closed or turn.final_at is not None:
            self.bell.set()

    def _on_lost(self, reason: str, at: float) -> None:
        if self.turn is not None:
            self.turn.disconnected(at, reason)
            self.bell.set()

    @task
    def ask(self) -> None:
        """One round: a question and its reply, unless the cost limit was exceeded."""
        late = self.begin()
        if self.shared.spent:
            self.skip_round()
            return
        prompt = self.shared.prompts.pick(self.rng)
        dialect = self.shared.dialect
        agent, text = addressed(prompt, self.shared.agents, self.rng, dialect)
        began, start = time.perf_counter(), clock.now()
        question, own = dialect.ask(Conversation(self.channel, agent=agent, author=self.name), text)
        turn = Turn(own, began, self.shared.settings.timeouts, dialect.echoes)
        try:
            with self.asking(turn, start, late), self.session.awaiting():
                self.session.ask(question)
                self.follow(turn)
        finally:
            self.session.wanted = frozenset()
        self.report(turn, start, late)
