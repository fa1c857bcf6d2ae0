"""The workers of a master: which take part, what is sent to them, their clocks, their absences."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from typing import Any

import gevent
from locust.runners import MasterRunner

from reznet_load.core.errors import ConfigError
from reznet_load.core.kept.notes import RunNotes
from reznet_load.core.profile import Phase
from reznet_load.core.run import Caution
from reznet_load.core.system import clock
from reznet_load.core.system.descriptors import check, needed
from reznet_load.deployment.prepare import Prepared
from reznet_load.deployment.streams.sign_in import check_enough
from reznet_load.load.arrivals import callers
from reznet_load.load.console import say
from reznet_load.load.user_context import UserContext
from reznet_load.load.workers.absences import Absences, users_of
from reznet_load.load.workers.accounts import share_of
from reznet_load.load.workers.clocks import WorkerClocks
from reznet_load.load.workers.joining import Membership
from reznet_load.load.workers.serving import BEGIN
from reznet_load.load.workers.terms import Terms

_LAST_WORDS_SECONDS = 0.5  # time for the refusal to reach the worker
_CLOSED = (
    "the run has begun, and its users are spread over the workers that were connected then: connect workers before a run, or use "
    "`reznet-load web`, where workers may join at any time"
)


class Workers:
    """Call `begin` before the first user, `begun` when the phases start, `over` after the last user."""

    def __init__(self, runner: MasterRunner, terms: Terms, shared: UserContext, interactive: bool) -> None:
        self._runner = runner
        self._shared = shared
        self._interactive = interactive
        self._accounts: tuple[Mapping[str, Any], ...] = ()
        self._own_accounts = False  # does each user need one of its own? Then they are dealt out before the run
        self._told: dict[str, Any] | None = None  # what was sent to the workers of this run
        self._notes: RunNotes | None = None
        self.membership = Membership(runner, terms)
        self.membership.on_refused = self._give_up
        self.membership.on_joined = lambda worker: gevent.spawn(self._join_late, worker)
        self.clocks = WorkerClocks(runner)
        self.absences = Absences()
        self.absences.watch(runner)

    def _give_up(self, reason: str) -> None:
        """A run that waits for workers and cannot have one of them ends before it begins."""
        if not self._interactive and self._told is None:
            say(f"reznet-load: a worker is refused: {reason}", error=True)
            gevent.spawn_later(_LAST_WORDS_SECONDS, os._exit, 2)

    def begin(self, prepared: Prepared) -> None:
        """Send every connected worker what its users do. Raises ConfigError if one of them cannot take part."""
        if reason := self.membership.wait():
            raise ConfigError(reason)
        workers, settings = self.membership.joined, self._shared.settings
        if (least := self.membership.least_descriptors) is not None:
            check(needed(prepared.info.mix, len(workers), callers(settings)), least, "each worker")
        facts = prepared.deployment
        self._told = {
            "dialect": settings.dialect or facts.dialect,
            "moved": facts.moved,
            "agents": facts.agents,
            "host": settings.host,
        }
        self._notes = RunNotes(prepared.folder)
        self._accounts, self._own_accounts = prepared.accounts, facts.speaks.account_a_user
        if self._own_accounts and len(workers) > 1:
            each = max(1, math.ceil(prepared.info.users / len(workers)))
            check_enough(facts.speaks, self._accounts, each * len(workers), "")
        for number, worker in enumerate(workers):
            self._tell(worker, 1 / len(workers), share_of(self._accounts, number, len(workers)))

    def _tell(self, worker: str, share: float, accounts: Sequence[Mapping[str, Any]]) -> None:
        state = {"share": share, "spent": self._shared.spent, "afresh": self._shared.afresh, "accounts": accounts}
        self._runner.send_message(BEGIN, (self._told or {}) | state, client_id=worker)

    def begun(self) -> None:
        """From now on another worker would move users during the run; in the web UI their number is steady again 10 s
        later.
        """
        self.absences.start(self.membership.joined)
        self.membership.closed = "" if self._interactive and not self._own_accounts else _CLOSED

    def over(self) -> None:
        """The users have stopped."""
        self._told = None
        self.membership.closed = ""

    def _join_late(self, worker: str) -> None:
        """Admit a worker that joins during a run: its clock is measured first. Open arrivals stay with those who have
        their shares.
        """
        if self._told is None:
            return
        self.clocks.measure([worker])
        if self._told is None or self._notes is None:
            return
        self._notes.update(clock_readings=self.clocks.data(), workers=len(self.membership.joined))
        self.absences.sign(worker)
        self._tell(worker, 0.0, self._accounts)

    def look(self) -> None:
        """Check each second which workers are away, without those that announced that they leave."""
        users = users_of(self._runner)
        for worker in self.absences.known - set(users):
            self.absences.leave(worker)
        self.absences.look(users)

    def cautions(self, phases: tuple[Phase, ...], origin: float) -> tuple[Caution, ...]:
        """Cautions about workers that were away."""
        return self.absences.cautions(phases, origin, clock.now())
