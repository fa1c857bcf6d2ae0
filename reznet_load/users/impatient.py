"""`impatient`: leaves in mid-stream, as people do who have read enough. Does the backend notice, and stop paying?"""

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

MOST_PIECES = 12  # of a reply that its user reads, at least one: evenly spread (judgement)


class ImpatientUser(StreamAgentUser):
    """Asks, and leaves with one of the first pieces of the reply: by the backend's stop call, else by closing the connection.

    Where the provider is ours each question has a mark, and the provider learns that its user has left.
    """

    kind = "impatient"
    questions = 1  # a reply that was left is no history
    rows = OF_LEFT

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        settings = self.shared.settings
        self.mark = ""
        self._unrecorded = EventHook()  # what it calls here is no request of the journey
        self._caller = caller(settings, self.access, self._unrecorded)
        self._provider = (
            caller(settings, Access(settings.watched_provider), self._unrecorded) if settings.watched_provider else None
        )

    def question(self) -> str:
        """One of the prompts, with a mark where the provider knows what to do with it."""
        text = super().question()
        self.mark = new_mark() if self._provider else ""
        return marked(text, self.mark) if self.mark else text

    def new_turn(self, own: OwnQuestion) -> Turn:
        """One that ends with the piece at which its user leaves."""
        timeouts, echoes = self.shared.settings.timeouts, self.shared.dialect.echoes
        pieces = self.luck.randint(1, MOST_PIECES)
        return LeavingTurn(own, time.perf_counter(), timeouts, echoes, pieces=pieces)

    def follow(self, turn: Turn) -> None:
        """As the session does; then leave."""
        super().follow(turn)
        if turn.left_at is not None:
            self.leave(turn)

    def leave(self, turn: Turn) -> None:
        """Send the stop call where the backend has one, and close the connection."""
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
            error = "no answer to the stop"
        self.shared.recorder.record(STOP.seen(took, start, error=error, about=self.about(text=request.path)))

    def _stop_on_socket(self, stop: Emit, own: OwnQuestion) -> None:
        """Acknowledged with the end of the reply, as an event of its own or as an error that says it was stopped."""
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
        """A reply that was over before its user left is counted apart, and timed in no row of replies."""
        if turn.failure is None and turn.left_at is None and turn.final_at is not None:
            self.shared.recorder.count(OVER_BEFORE_LEAVING, (turn.final_at - turn.asked_at) * 1000, start)
            return
        super().report(turn, start, late)
