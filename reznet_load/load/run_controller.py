"""A run from start to end, on the master or the only process: set-up, phases, draining, and what is written to disk."""

from __future__ import annotations

import os
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import gevent
from locust.env import Environment
from locust.rpc import Message
from locust.runners import MasterRunner

from reznet_load.core import folder as run_folder
from reznet_load.core.kept.file import Loss
from reznet_load.core.kept.notes import RunNotes, leave_notes
from reznet_load.core.kept.samples import LAST_SECONDS, lost_caution
from reznet_load.core.kinds import CHANNEL, users_with
from reznet_load.core.phases.steadiness import Steadiness
from reznet_load.core.profile import SETTLE, Phase, Profile
from reznet_load.core.run import EXIT_CODES, Caution
from reznet_load.core.settings.settings import SUPERVISED
from reznet_load.core.system import clock
from reznet_load.deployment.prepare import Prepared, share
from reznet_load.load.channels import ChannelStore, made_ready
from reznet_load.load.console import say
from reznet_load.load.probe_process import ProbeProcess
from reznet_load.load.run_log import RunLog
from reznet_load.load.run_notice import DELIVERING, WRITING
from reznet_load.load.samples.csvs import CsvFiles
from reznet_load.load.samples.files import SampleFiles, write_locally
from reznet_load.load.samples.shipping import Inbox
from reznet_load.load.search import SearchShape
from reznet_load.load.shapes import ProfileShape
from reznet_load.load.user_context import AFRESH, UserContext
from reznet_load.load.user_exceptions import user_exceptions
from reznet_load.load.workers.accounts import AccountPool
from reznet_load.load.workers.workers import Workers

OPEN_SECONDS = 24 * 3600.0  # a phase without a planned end: as long as channels of an interactive run are kept
IN_FLIGHT_SECONDS = 8.0  # time for turns to finish when a run ends (docs/measurement.md#phases-and-what-is-left-out)


class RunController:
    """Begins and ends the runs of this process."""

    def __init__(
        self,
        environment: Environment,
        shared: UserContext,
        files: SampleFiles,
        inbox: Inbox | None,
        workers: Workers | None,
    ) -> None:
        self._workers = workers
        self._environment, self._shared, self._files, self._inbox = environment, shared, files, inbox
        self._profile: Profile | None = None
        self._clocks = workers.clocks if workers else None
        self._csvs, self._probes = CsvFiles(environment), ProbeProcess()
        self._log, self._notes = RunLog(), RunNotes(Path())
        self._steadiness: Steadiness | None = None
        self._origin, self._stepped = 0.0, ""
        environment.events.reset_stats.add_listener(self._on_reset)
        self._on = False
        self.folder: Path | None = None
        self.phases: tuple[Phase, ...] = ()

    @property
    def process(self) -> str:
        """The name under which this process writes its samples."""
        return "master" if self._inbox else "local"

    @property
    def shape(self) -> ProfileShape | None:
        """The profile that drives the run; None in the web UI."""
        shape = self._environment.shape_class
        return shape if isinstance(shape, ProfileShape) else None

    def set_up(self, prepared: Prepared, profile: Profile | None) -> None:
        """Before the first user: folder, clocks, channels a few at a time. `start_phases` follows."""
        self._profile, self.folder = profile, prepared.folder
        self._on = True
        shared, info = self._shared, prepared.info
        shared.folder = prepared.folder
        shared.notice.begun()
        shared.stopping = shared.spent = False
        shared.dialect, shared.agents = prepared.deployment.speaks, prepared.deployment.agents
        shared.reactor.has_sockets = shared.dialect.has_socket
        shared.accounts = AccountPool(prepared.accounts, shared.dialect.account_a_user)
        self._notes = RunNotes(prepared.folder)
        self._files.open(prepared.folder, self.process)
        shared.recorder.operations.start()
        self._files.spending.open(prepared.folder, info.cost)
        self._csvs.start(prepared.folder)
        self._probes.start(prepared.folder, shared.settings)
        self._log.open(prepared.folder)
        if self._inbox:
            self._inbox.start()
        offsets = self._set_clocks()
        duration = profile.duration if profile else OPEN_SECONDS
        wanted = users_with(info.mix, CHANNEL) if profile else 0
        notes = {}
        if info.deployment.is_reznet:
            notes = made_ready(shared.channels, shared.settings, prepared, duration, wanted)
        self._notes.update(
            clock_offsets=offsets,
            clock_readings=self._clocks.data() if self._clocks else {},
            workers=len(self._workers.membership.joined) if self._workers else 1,
            notes=notes,
        )

    def _set_clocks(self) -> dict[str, float]:
        """Measure how many seconds each worker's clock is ahead, before the first user."""
        if self._clocks is None:
            return {}
        self._clocks.start()
        return self._clocks.measure()

    def _set_clocks_again(self) -> None:
        """Measure the clocks again during the run: some ms of messages, and a line in `run.json`."""
        assert self._clocks is not None
        self._clocks.measure()
        self._notes.update(clock_readings=self._clocks.data())

    def start_phases(self, origin: float) -> None:
        """The first user may start at `origin`, by the run's clock, which is now."""
        assert self.folder is not None
        profile = self._profile
        self._steadiness = None if profile else Steadiness(origin)
        if self.shape is not None:
            self.shape.begin()
        self._origin, self._stepped = origin, ""
        self.phases = self._planned() if profile else ()
        self._notes.update(origin=origin, phases=[asdict(phase) for phase in self.phases])

    def _planned(self) -> tuple[Phase, ...]:
        """The shape's phases, in seconds since the epoch."""
        known = self.shape.phases if self.shape else ()
        return tuple(replace(p, start=self._origin + p.start, end=self._origin + p.end) for p in known)

    def each_second(self) -> None:
        """Record each unplanned phase in `run.json` when it begins; reset users' schedules at each step."""
        self._notes.flush()
        if self._workers:
            self._workers.look()
        if self._clocks is not None and self._clocks.due and not self._shared.stopping and self.folder:
            gevent.spawn(self._set_clocks_again)
        runner = self._environment.runner
        if self._steadiness is not None and runner is not None:
            self._steadiness.see(clock.now(), runner.target_user_count, runner.user_count)
            seen = self._steadiness.so_far(OPEN_SECONDS)
            self._note_phases(seen, [(p.start, p.name) for p in seen] != [(p.start, p.name) for p in self.phases])
        elif self.shape is not None and self.shape.began is not None and not self._shared.stopping:
            seen = self._planned()
            self._note_phases(seen, seen != self.phases)
            self._start_afresh()

    def _note_phases(self, seen: tuple[Phase, ...], news: bool) -> None:
        """Record the phases if there is `news`, so that a killed run has them too. Takes half a millisecond."""
        assert self.folder is not None
        if news:
            self.phases = seen
            self._notes.update(phases=[asdict(phase) for phase in seen])

    def _start_afresh(self) -> None:
        """Reset schedules for a new number of users: no user makes up for calls that were not answered before."""
        now = clock.now()
        on = next((p.name for p in self.phases if p.part == SETTLE and p.start <= now < p.end), "")
        if on and on != self._stepped:
            if self._stepped:
                self._shared.afresh += 1
                if isinstance(runner := self._environment.runner, MasterRunner):
                    runner.send_message(AFRESH, {"number": self._shared.afresh})
            self._stepped = on

    def _on_reset(self, **_: Any) -> None:
        if self._steadiness is not None:
            self._steadiness.interrupt(clock.now())

    def end(self) -> Path | None:
        """After the last user: collect what workers hold, write what is known. Returns the run's folder; None if no run
        was on.
        """
        if not self._on:
            return None
        self._on = False
        self._shared.notice.wait_for(DELIVERING if self._inbox else WRITING)
        self._stop_workers()
        if self.shape is not None:
            self._note_phases(seen := self._planned(), seen != self.phases)
            self._note_users()
        cautions = [*(self._inbox.drain() if self._inbox else ()), *user_exceptions(self._environment)]
        if self._workers:
            cautions += self._workers.cautions(self.phases, self._origin)
        write_locally(self._shared.recorder, self._files, self.process, whole=True)
        lost = lost_caution(self._close_files())
        if self._steadiness is not None:
            self._notes.update(phases=[asdict(phase) for phase in self._steadiness.phases()])
            self._steadiness = None
        self._notes.update(
            ended=run_folder.now(),
            interrupted=self._ended_early(),
            stopped=self.shape.stopped if self.shape is not None else "",
            cautions=[asdict(caution) for caution in (*cautions, *([lost] if lost else []))],
        )
        self._hand_over(lost)
        return self.folder

    def _close_files(self) -> list[Loss]:
        """Close the sample files; returns what could not be written."""
        assert isinstance(self._shared.channels, ChannelStore)
        losses = [*self._files.close(), *self._shared.channels.end()]
        self._csvs.finish()
        losses += self._probes.stop()
        self._log.close()
        return losses

    def _hand_over(self, lost: Caution | None) -> None:
        """If even `run.json` cannot be written, pass the changes to the parent process in another way."""
        written = self._notes.close(LAST_SECONDS)
        if lost is not None:
            say(f"reznet-load: {lost.text}", error=True)
        if lost is not None or not written:
            self._environment.process_exit_code = EXIT_CODES["void"]
        if not written and (handoff := os.environ.get(SUPERVISED)):
            leave_notes(Path(handoff), self._notes.waiting)

    def _note_users(self) -> None:
        """Record the users: a search is listed with the users of its result."""
        found = max((phase.users for phase in self.phases if phase.judged), default=0)
        if isinstance(self.shape, SearchShape) and found:
            self._notes.update(users=found, mix=share(self._shared.settings.mix, found))

    def _ended_early(self) -> bool:
        shape = self.shape
        return self._profile is not None and shape is not None and shape.began is not None and not shape.over

    def _stop_workers(self) -> None:
        """Locust's master ends its workers without waiting; give their turns time to finish."""
        runner = self._environment.runner
        if not isinstance(runner, MasterRunner):
            return
        for worker in runner.clients.all:
            if worker.user_count:
                runner.server.send_to_client(Message("stop", None, worker.id))
        deadline = time.monotonic() + IN_FLIGHT_SECONDS + 1
        while runner.user_count and time.monotonic() < deadline:
            gevent.sleep(0.1)
