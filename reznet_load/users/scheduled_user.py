"""What all users have: an account, a schedule, and a connection that is opened again if it is lost."""

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

# Seconds between attempts to connect; the last value is repeated. Without pauses, users would flood a dead backend.
BACK_OFF = (0.5, 1.0, 2.0, 4.0)
_numbers = itertools.count()
_MOST_NUMBERS = 65_536  # users that a process can tell apart: a record has two bytes for the number
_CHECK_SECONDS = 0.5  # how often a thinking user checks whether the run is over


class ScheduledUser(User):
    """A user with a schedule. A subclass sets `kind`, makes a `session`, and has one task, which calls `begin` first.

    kind         the name of the kind in `core.kinds`
    streams      does it drive backends that are not RezNet?
    connect_row  the row that times `session.open`
    rng          random generator of the round; the two users of a pair (`core.phases.pairs`) have equal ones

    A task records its failures itself. A failure never ends the user.
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
        self.rng = shared.random
        self.schedule = self._new_schedule()
        self._afresh = shared.afresh
        self._idle_until: float | None = None
        self._number = next(_numbers) % _MOST_NUMBERS
        self._round: tuple[float, float | None] | None = None  # (start, seconds behind the schedule)
        self._paused = 0.0  # seconds of this round in which the user did not wait for the backend

    def about(self, **facts: Any) -> dict[str, Any]:
        """What identifies an operation in the backend's logs: the user's name and `facts`."""
        return {"user": self.name} | facts

    def on_stop(self) -> None:
        """Close the connection at once; the present round ends here."""
        self._end_round(clock.now())
        self.session.close()
        self.shared.accounts.give_back(self.account)

    def period(self) -> float:
        """Seconds from one scheduled start to the next."""
        return self.shared.settings.period(self.kind)

    def _new_schedule(self) -> Schedule | PairedSchedule:
        return self._place.schedule(self.period()) if self._place else Schedule(self.period(), self.rng.random())

    def on_start(self) -> None:
        """Connect, then wait for the first scheduled start, whose moment is random."""
        self.connect()
        gevent.sleep(self.wait_time())

    def wait_time(self) -> float:
        """Seconds until the next scheduled start; Locust sleeps so long between tasks."""
        now = clock.now()
        self._end_round(now)
        if self._afresh != self.shared.afresh:
            self._afresh = self.shared.afresh
            self.schedule = self._new_schedule()
        wait = self.schedule.wait(now)
        self._idle_until = now + wait if wait > 0 else None
        return wait

    def begin(self) -> float | None:
        """Start a round and connect if necessary; returns the seconds behind the schedule, None before the first start.

        Raises StopUser if no new work may start.
        """
        if self.shared.stopping:
            raise StopUser
        if self._place and isinstance(self.schedule, PairedSchedule):
            self.rng = self._place.luck(self.schedule.round)
        now = clock.now()
        if self._idle_until is not None:  # a timer woke the user: any delay is the generator's
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

    def skip_round(self) -> None:
        """Record no round: the user asked for nothing this time."""
        self._round = None

    def add_pause(self, seconds: float) -> None:
        """Note that the user did not wait for the backend for `seconds` of this round."""
        self._paused += seconds

    def pause(self, seconds: float) -> None:
        """Sleep for `seconds` within a task."""
        self.add_pause(seconds)
        gevent.sleep(seconds)

    def opens(self) -> NamedRow:
        """The row for the next call of `session.open`."""
        return self.connect_row

    def connect(self) -> None:
        """Return when the connection is open, however long that takes; each attempt is recorded.

        Raises StopUser if no new work may start.
        """
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
        """Sleep for `seconds` between two calls. Raises StopUser within 0.5 s if the run ends meanwhile."""
        until = clock.now() + seconds
        self.add_pause(seconds)
        while (left := until - clock.now()) > 0:
            if self.shared.stopping:
                raise StopUser
            gevent.sleep(min(left, _CHECK_SECONDS))

    def cut_off(self, row: NamedRow, began: float) -> None:
        """Record an operation that was running when the users were stopped; `began`: its start by `time.perf_counter`."""
        took = time.perf_counter() - began
        self.shared.recorder.record(row.seen(took * 1000, clock.now() - took, error=CUT_OFF))

    @contextmanager
    def in_flight(self, row: NamedRow) -> Iterator[None]:
        """Within it an operation runs. If the users are stopped meanwhile, the operation is recorded as cut off in `row`."""
        began = time.perf_counter()
        try:
            yield
        except gevent.GreenletExit:
            self.cut_off(row, began)
            raise
