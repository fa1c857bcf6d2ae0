"""Asks agents one question after another, and receives everything that they send."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from reznet_load.chat.dialect import Conversation, Event
from reznet_load.chat.measured import measurements
from reznet_load.chat.prompts import Prompt, addressed, load
from reznet_load.chat.turn import Turn
from reznet_load.core.measured.named_row import NamedRow
from reznet_load.core.rows import AGENT_TURN, COMPRESSION, PAYLOAD_SAVED, SIMPLE_TURN, TOKENS_ANSWERED, TOKENS_ASKED
from reznet_load.core.settings.settings import Settings
from reznet_load.core.system import clock
from reznet_load.deployment.blocking_session import BlockingSession, BlockingSessionError
from reznet_load.suite.record import Record
from reznet_load.suite.suite_spending import SuiteSpending

SIMPLE = Prompt(None, "What is two plus two? Answer with one number.")
_NAME = "performance-suite"
_PAUSE = 0.1  # seconds from a reply to the next question: agents are free again after 25 ms


class Asker:
    """Asks in two channels in turn, so that an error that follows a reply is received while the next question is
    running.
    """

    def __init__(
        self,
        settings: Settings,
        agents: tuple[str, ...],
        conversation: BlockingSession,
        record: Record,
        spending: SuiteSpending,
        make_channel: Callable[[], str],
    ) -> None:
        self._timeouts = settings.timeouts
        self._spending = spending
        self._prompts = load(Path(settings.prompts) if settings.prompts else None)
        self._conversation = conversation
        self._record = record
        self._agents = agents
        self._channels = itertools.cycle([make_channel(), make_channel()])
        self._open: list[tuple[Turn, float, NamedRow | None]] = []
        self._random = random.Random()
        self.asked = 0

    def ask_until(self, count: int) -> None:
        """Ask questions from the prompts until `count` were asked in total, each with its whole reply."""
        while self.asked < count and not self._spending.stops_turns():
            self.asked += 1
            self._ask(self._prompts.pick(self._random), None)
        self._follow(lambda: not self._open)

    def ask_simply(self, count: int) -> None:
        """Ask the simple question `count` times; it has a row of its own."""
        for _ in range(count):
            if not self._spending.stops_turns():
                self._ask(SIMPLE, SIMPLE_TURN)
        self._follow(lambda: not self._open)

    def _ask(self, prompt: Prompt, row: NamedRow | None) -> None:
        channel = next(self._channels)
        self._follow(lambda: all(turn.own.channel != channel for turn, _, _ in self._open))
        dialect = self._conversation.dialect
        agent, text = addressed(prompt, self._agents, self._random, dialect)
        start, began = clock.now(), time.perf_counter()
        question, own = dialect.ask(Conversation(channel, agent=agent, author=_NAME), text)
        turn = Turn(own, began, self._timeouts, dialect.echoes)
        self._open.append((turn, start, row))
        try:
            self._conversation.emit(question)
        except BlockingSessionError as error:
            self._lost(error)
        self._follow(lambda: turn.closed or turn.final_at is not None)
        time.sleep(_PAUSE)

    def _follow(self, enough: Callable[[], bool]) -> None:
        """Receive events until `enough`; each turn that is closed is recorded."""
        self._settle()
        while not enough() and self._open:
            until = min(turn.deadline() for turn, _, _ in self._open)
            try:
                self._conversation.listen(
                    until, self._hear, lambda: enough() or any(t.closed for t, _, _ in self._open)
                )
            except BlockingSessionError as error:
                self._lost(error)
            self._settle()

    def _hear(self, event: Event, at: float) -> None:
        for turn, _, _ in self._open:
            turn.hear(self._conversation.dialect, event, at)

    def _lost(self, error: BlockingSessionError) -> None:
        """Turns that were running fail; the next question opens a new connection."""
        for turn, _, _ in self._open:
            turn.disconnected(time.perf_counter(), str(error))
        self._settle()
        self._conversation.close()
        self._conversation.open()

    def _settle(self) -> None:
        """Record the turns that can no longer change."""
        now = time.perf_counter()
        for entry in list(self._open):
            turn, start, row = entry
            turn.expire(now)
            if not turn.closed:
                continue
            self._open.remove(entry)
            self._spending.pay(turn)
            for seen in measurements(turn, start, now):
                if row is None or seen.row in (TOKENS_ASKED.key, TOKENS_ANSWERED.key):
                    self._record.add(seen)
                elif seen.row == AGENT_TURN.key:
                    self._record.add(replace(seen, name=row.name))
            if row is None:
                self._about_the_wire(start)

    def _about_the_wire(self, start: float) -> None:
        """Once per reply: record whether it was compressed, and how much short keys save."""
        payload, spared = self._conversation.take_saved()
        compressed = 100.0 if self._conversation.compressed else 0.0
        self._record.add(COMPRESSION.seen(compressed, start))
        if payload:
            saved = 100 * spared / (payload + spared)
            self._record.add(PAYLOAD_SAVED.seen(saved, start))
