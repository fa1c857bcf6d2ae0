"""`impatient`: leaves in mid-stream, as people do who have read enough. Does the backend notice, and stop paying?"""

from __future__ import annotations

import time
from typing import Any

from locust.event import EventHook

from reznet_load.chat.dialect import Emit, OwnQuestion, Request
from reznet_load.chat.leaving_turn import LeavingTurn
from reznet_load.chat.turn import Turn
from reznet_load.chat.turn_rows import OF_LEFT
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
            self.session.emit(stop)
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

    def report(self, turn: Turn, start: float, late: float | None) -> None:
        """A reply that was over before its user left is counted apart, and timed in no row of replies."""
        if turn.failure is None and turn.left_at is None and turn.final_at is not None:
            self.shared.recorder.count(OVER_BEFORE_LEAVING, (turn.final_at - turn.asked_at) * 1000, start)
            return
        super().report(turn, start, late)
