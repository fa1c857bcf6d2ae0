"""A user that asks questions, over a socket or over HTTP: it follows each turn to its end and records it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import gevent
from gevent.event import Event as Bell

from reznet_load.chat.measured import cut_off, in_bulk
from reznet_load.chat.turn import Turn
from reznet_load.load.sockets.session import SessionError
from reznet_load.users.scheduled_user import ScheduledUser


class AskingUser(ScheduledUser):
    """A user that asks questions. A failed turn counts as a failed request.

    turn   the open turn; None between questions
    bell   set in the loop when the turn may have closed; wakes the user
    """

    abstract = True

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        self.turn: Turn | None = None
        self.bell = Bell()

    @contextmanager
    def asking(self, turn: Turn, start: float, late: float | None) -> Iterator[None]:
        """Within it `turn` is the open turn. A SessionError fails the turn; if the user is stopped, the turn is cut off.

        start   when the question is sent, seconds since the epoch
        late    seconds behind the scheduled start; None: no start was scheduled
        """
        self.turn = turn
        self.shared.in_flight += 1
        try:
            yield
        except SessionError as failure:
            turn.disconnected(time.perf_counter(), str(failure))
        except gevent.GreenletExit:
            for seen in cut_off(turn, start, time.perf_counter(), late):
                self.shared.recorder.record(seen)
            raise
        finally:
            self.shared.in_flight -= 1
            self.turn = None

    def follow(self, turn: Turn) -> None:
        """Sleep until the turn is closed. The bell or the next deadline of the turn wakes the user."""
        while not turn.closed:
            self.bell.clear()
            self.bell.wait(max(0.0, turn.deadline() - time.perf_counter()))
            turn.expire(time.perf_counter())
        if turn.final_at is not None:  # after the end, the user only waits for a late error
            self.add_pause(time.perf_counter() - turn.final_at)

    def report(self, turn: Turn, start: float, late: float | None) -> None:
        """Record the measurements of a closed turn; a trace line too if it succeeded. `start` and `late` as for `asking`."""
        own = turn.own
        about = self.about(channel=own.channel, message=own.message, reply=own.reply, agent=own.agent)
        about["text"] = turn.detail or turn.said

        for seen in in_bulk(turn, start, time.perf_counter(), late, about):
            self.shared.recorder.record(seen)
        if turn.failure is None:
            self._trace(turn, start, own.message or about.get("request_id", ""))

    def _trace(self, turn: Turn, start: float, id: str) -> None:
        def since(at: float | None) -> float | None:
            return None if at is None else (at - turn.asked_at) * 1000

        self.shared.trace.write(
            "agent turn",
            id=id,
            start=start,
            echo=since(turn.taken_at),
            first=since(turn.first_token_at),
            final=since(turn.final_at),
            gaps=[gap * 1000 for gap in turn.gaps],
        )
