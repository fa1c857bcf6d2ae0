"""What every user is: one account, one schedule, one connection that it opens again where it is lost."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import gevent
from locust import User
from locust.env import Environment
from locust.exception import StopUser

from reznet_load.core.measured.measurement import CUT_OFF
from reznet_load.core.measured.named_row import NamedRow
from reznet_load.core.phases.pairs import PairedSchedule
from reznet_load.core.phases.schedule import Schedule
from reznet_load.core.rows import LATE_START
from reznet_load.core.system import clock
from reznet_load.load.sockets.session import SessionError
from reznet_load.load.user_context import shared_by

# Seconds between attempts to connect, the last is repeated: a dead backend is not hammered.
BACK_OFF = (0.5, 1.0, 2.0, 4.0)
_numbers = itertools.count()
_MOST_NUMBERS = 65_536  # of users that a process tells apart: what two bytes of a record can hold
_LOOK_SECONDS = 0.5  # between two looks of a thinking user at whether the run is over


class ScheduledUser(User):
    """A user with a schedule. Each class has its `kind`, the name of its row in `core.kinds`, and one task.

    `connect_row` times what `session.open` does; `streams`: does it drive backends that are not RezNet?
    What a round draws it draws from `luck`: of a pair of users both draw the same.
    Failures of a task are recorded where they happen; none ends the user, and a lost connection is opened again.
    """

    abstract = True
    kind = ""
    streams = False
    connect_row: NamedRow
    session: Any

    def __init__(self, environment: Environment) -> None:
        self.shared = shared = shared_by(environment)
        self.account = shared.accounts.take()
        self.access = shared.access(self.account)
        super().__init__(environment)
        self.name = str(self.account.get("name") or f"load-{self.kind}-{random.randrange(16**6):06x}")
        self._place = shared.paired.place(self.kind) if shared.paired else None
        self.luck = shared.random
        self.schedule = self._new_schedule()
        self._afresh = shared.afresh
        self._idle_until: float | None = None
        self._number = next(_numbers) % _MOST_NUMBERS
        self._round: tuple[float, float | None] | None = None  # its start, and how late that was, s
        self._paused = 0.0  # s in this round that its user did not wait for the backend

    def about(self, **facts: Any) -> dict[str, Any]:
        """The user of an operation, and its own `facts`."""
        return {"user": self.name} | facts

    def on_stop(self) -> None:
        """Leave at once; a round that is on ends here."""
        self._end_round(clock.now())
        self.session.close()
        self.shared.accounts.give_back(self.account)

    def period(self) -> float:
        """Seconds from one intended start to the next."""
        return self.shared.settings.period(self.kind)

    def _new_schedule(self) -> Schedule | PairedSchedule:
        return self._place.schedule(self.period()) if self._place else Schedule(self.period(), self.luck.random())

    def on_start(self) -> None:
        """Connect, then wait for the random phase of the schedule."""
        self.connect()
        gevent.sleep(self.wait_time())

    def wait_time(self) -> float:
        """Seconds to the next intended start (Locust sleeps them between tasks)."""
        now = clock.now()
        self._end_round(now)
        if self._afresh != self.shared.afresh:
            self._afresh = self.shared.afresh
            self.schedule = self._new_schedule()
        wait = self.schedule.wait(now)
        self._idle_until = now + wait if wait > 0 else None
        return wait

    def begin(self) -> float | None:
        """Start of a task: seconds behind the schedule. Raises StopUser once no new work may start."""
        if self.shared.stopping:
            raise StopUser
        if self._place and isinstance(self.schedule, PairedSchedule):
            self.luck = self._place.luck(self.schedule.round)
        now = clock.now()
        if self._idle_until is not None:  # woken by a timer: what is late now is the generator's own doing
            self.shared.recorder.gauge(LATE_START, max(0.0, now - self._idle_until) * 1000)
        late = self.schedule.late(now)
        self._round = (now, late)
        self._paused = 0.0
        self.connect()
        return late

    def _end_round(self, now: float) -> None:
        if self._round is not None:
            start, late = self._round
            waited = max(0.0, now - start - self._paused)
            self.shared.recorder.round(self.kind, self._number, waited * 1000, start, late)
        self._round = None

    def no_round(self) -> None:
        """This time the user asked for nothing."""
        self._round = None

    def paused(self, seconds: float) -> None:
        """So long it did not wait for the backend."""
        self._paused += seconds

    def pause(self, seconds: float) -> None:
        """A short rest of its own within a task."""
        self.paused(seconds)
        gevent.sleep(seconds)

    def opens(self) -> NamedRow:
        """The row of what `session.open` opens next."""
        return self.connect_row

    def connect(self) -> None:
        """Make sure the connection is open, however long it takes; each attempt is a measurement."""
        attempt = 0
        while not self.session.connected:
            if self.shared.stopping:
                raise StopUser
            start = clock.now()
            began = time.perf_counter()
            error = None
            row = self.opens()
            try:
                with self.in_flight(row):
                    self.session.open()
            except SessionError as failure:
                error = str(failure)
            took = (time.perf_counter() - began) * 1000
            self.shared.recorder.record(row.seen(took, start, error=error, about=self.about()))
            if error is not None:
                gevent.sleep(BACK_OFF[min(attempt, len(BACK_OFF) - 1)] * random.uniform(0.75, 1.25))
                attempt += 1

    def think(self, seconds: float) -> None:
        """Between two calls of a task. A user that only thinks leaves at once when the run ends. Raises StopUser."""
        until = clock.now() + seconds
        self.paused(seconds)
        while (left := until - clock.now()) > 0:
            if self.shared.stopping:
                raise StopUser
            gevent.sleep(min(left, _LOOK_SECONDS))

    def cut_off(self, row: NamedRow, began: float) -> None:
        """The users were stopped while an operation was under way: with the time it had since `began` (`perf_counter`)."""
        took = time.perf_counter() - began
        self.shared.recorder.record(row.seen(took * 1000, clock.now() - took, error=CUT_OFF))

    @contextmanager
    def in_flight(self, row: NamedRow) -> Iterator[None]:
        """What is still under way when users are stopped is recorded as cut off, with the time it had."""
        began = time.perf_counter()
        try:
            yield
        except gevent.GreenletExit:
            self.cut_off(row, began)
            raise
