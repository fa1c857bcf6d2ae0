"""`impatient`: leaves before the end of a reply. Does the backend notice, and stop the reply that it pays for?"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

from locust.event import EventHook

from reznet_load.chat.dialect import Emit, OwnQuestion, Request
from reznet_load.chat.failure import Failure
from reznet_load.chat.leaving_turn import LeavingTurn
from reznet_load.chat.turn import Turn
from reznet_load.chat.turn_rows import OF_LEFT
from reznet_load.core.failed.failure_kinds import within
from reznet_load.core.rows import OVER_BEFORE_LEAVING, STOP
from reznet_load.core.system import clock
from reznet_load.core.text.marked_questions import LEFT_PATH, marked, new_mark
from reznet_load.load.rest.session import caller
from reznet_load.load.sockets.session import Access
from reznet_load.users.stream_agent import StreamAgentUser

MOST_PIECES = 12  # a user reads 1 to 12 pieces of a reply, each number equally often (judgement)


class ImpatientUser(StreamAgentUser):
    """Asks, and leaves with one of the first pieces of the reply: makes the stop call, if any, and closes the connection.

    If the provider is ours (`reznet-load provider`, or that of the embedded target), each question has a mark, and the
    provider is informed when its user has left.
    """

    kind = "impatient"
    questions = 1  # a reply that was left cannot be part of a history
    rows = OF_LEFT

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        settings = self.shared.settings
        self.mark = ""
        self._unrecorded = EventHook()  # has no listeners: Locust must not count these calls as requests of the user
        self._caller = caller(settings, self.access, self._unrecorded)
        self._provider = (
            caller(settings, Access(settings.watched_provider), self._unrecorded) if settings.watched_provider else None
        )

    def question(self) -> str:
        """One of the prompts, with a mark if the provider is ours."""
        text = super().question()
        self.mark = new_mark() if self._provider else ""
        return marked(text, self.mark) if self.mark else text

    def new_turn(self, own: OwnQuestion) -> Turn:
        """A turn that closes with the piece at which its user leaves."""
        timeouts, echoes = self.shared.settings.timeouts, self.shared.dialect.echoes
        pieces = self.rng.randint(1, MOST_PIECES)
        return LeavingTurn(own, time.perf_counter(), timeouts, echoes, pieces=pieces)

    def follow(self, turn: Turn) -> None:
        """Follow the turn until it is closed, then leave if its user has not read to the end."""
        super().follow(turn)
        if turn.left_at is not None:
            self.leave(turn)

    def leave(self, turn: Turn) -> None:
        """Make the backend's stop call, if there is one, and close the connection."""
        stop = self.shared.dialect.stop(turn.own)
        if isinstance(stop, Request):
            self._stop(stop)
        elif isinstance(stop, Emit):
            self._stop_on_socket(stop, turn.own)
        self.session.leave()
        if self._provider is not None:
            self._provider.post(LEFT_PATH, json={"mark": self.mark})

    def _stop(self, request: Request) -> None:
        start, began = clock.now(), time.perf_counter()
        headers = self.headers | request.headers | self.access.identify()
        answer = self._caller.request(request.method, request.path, json=request.body, headers=headers)
        took = (time.perf_counter() - began) * 1000
        error = None if answer.status_code and 200 <= answer.status_code < 300 else f"HTTP {answer.status_code}"
        if not answer.status_code:
            error = "no answer to the stop call"
        self.shared.recorder.record(STOP.seen(took, start, error=error, about=self.about(text=request.path)))

    def _stop_on_socket(self, stop: Emit, own: OwnQuestion) -> None:
        """Send the stop event, and time it until the reply ends: by an end event, or by an error that reports the stop."""
        timeouts = self.shared.settings.timeouts
        seconds = timeouts.request
        limits = replace(timeouts, first_token=seconds, gap=seconds, reply=seconds)
        start, watch = clock.now(), Turn(own, time.perf_counter(), limits, False)
        self.session.stop(stop, watch)
        super().follow(watch)
        took = ((watch.final_at or time.perf_counter()) - watch.asked_at) * 1000
        error = within("no end of the reply", seconds) if took >= seconds * 1000 else None
        if watch.failure is Failure.DISCONNECTED:
            error = str(watch.failure)
        self.shared.recorder.record(STOP.seen(took, start, error=error, about=self.about(text=stop.name)))

    def report(self, turn: Turn, start: float, late: float | None) -> None:
        """Record a turn. A reply that ended before its user left is only counted, because its times belong to no row."""
        if turn.failure is None and turn.left_at is None and turn.final_at is not None:
            self.shared.recorder.count(OVER_BEFORE_LEAVING, (turn.final_at - turn.asked_at) * 1000, start)
            return
        super().report(turn, start, late)
