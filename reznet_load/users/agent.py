"""`agent`: asks an agent and reads the streamed reply, one Turn after another in a channel of its own."""

from __future__ import annotations

import time
from typing import Any

import gevent
from gevent.event import Event as Bell
from locust import task

from reznet_load.chat.dialect import Conversation, Event
from reznet_load.chat.measured import cut_off, measurements
from reznet_load.chat.prompts import addressed
from reznet_load.chat.turn import Turn
from reznet_load.core.system import clock
from reznet_load.load.sockets.session import SessionError
from reznet_load.users.socket_user import SocketUser


class AgentUser(SocketUser):
    """Asks, takes the echo, the first token, every gap and the whole reply; a failed turn is a failed request."""

    kind = "agent"

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        self.channel = ""
        self.turn: Turn | None = None
        self._bell = Bell()
        self.session.on_lost = self._on_lost
        self.session.wanted = frozenset()

    def on_start(self) -> None:
        """A channel first, then the socket."""
        self.channel = self.own_channel()
        super().on_start()

    def on_event(self, event: Event, at: float) -> None:
        """Everything goes to the open turn, which takes what is its own."""
        turn = self.turn
        if turn is None:
            return
        turn.hear(self.shared.dialect, event, at)
        self.session.wanted = turn.own.wants
        if turn.closed or turn.final_at is not None:
            self._bell.set()

    def _on_lost(self, reason: str, at: float) -> None:
        if self.turn is not None:
            self.turn.disconnected(at, reason)
            self._bell.set()

    @task
    def ask(self) -> None:
        """One question and everything that comes back."""
        late = self.begin()
        if self.shared.spent:
            self.no_round()
            return
        prompt = self.shared.prompts.pick(self.luck)
        dialect = self.shared.dialect
        agent, text = addressed(prompt, self.shared.agents, self.luck, dialect)
        began, start = time.perf_counter(), clock.now()
        question, own = dialect.ask(Conversation(self.channel, agent=agent, author=self.name), text)
        self.turn = turn = Turn(own, began, self.shared.settings.timeouts, dialect.echoes)
        self.shared.in_flight += 1
        try:
            with self.session.awaiting():
                self.session.ask(question)
                self.follow(turn)
        except SessionError as failure:
            turn.disconnected(time.perf_counter(), str(failure))
        except gevent.GreenletExit:
            for seen in cut_off(turn, start, time.perf_counter(), late):
                self.shared.recorder.record(seen)
            raise
        finally:
            self.shared.in_flight -= 1
            self.turn = None
            self.session.wanted = frozenset()
        self.report(turn, start, late)

    def follow(self, turn: Turn) -> None:
        """Sleep until the turn is closed; woken by its end, else by its own deadlines."""
        while not turn.closed:
            self._bell.clear()
            self._bell.wait(max(0.0, turn.deadline() - time.perf_counter()))
            turn.expire(time.perf_counter())
        if turn.final_at is not None:  # after it the user only watches for an error
            self.paused(time.perf_counter() - turn.final_at)

    def report(self, turn: Turn, start: float, late: float | None) -> None:
        """A closed turn as measurements: every part that happened, and the whole, failed or not."""
        own = turn.own
        about = self.about(channel=own.channel, message=own.message, reply=own.reply, agent=own.agent)
        about["text"] = turn.detail or turn.said

        for seen in measurements(turn, start, time.perf_counter(), late, about):
            self.shared.recorder.record(seen)
        if turn.failure is None:
            self._trace(turn, start)

    def _trace(self, turn: Turn, start: float) -> None:
        def since(at: float | None) -> float | None:
            return None if at is None else (at - turn.asked_at) * 1000

        self.shared.trace.write(
            "agent turn",
            id=turn.own.message,
            start=start,
            echo=since(turn.taken_at),
            first=since(turn.first_token_at),
            final=since(turn.final_at),
            gaps=[gap * 1000 for gap in turn.gaps],
        )
