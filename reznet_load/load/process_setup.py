"""The setup of a process that takes part in a run, and its listeners on Locust's events."""

from __future__ import annotations

import gc
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gevent
from locust.env import Environment
from locust.runners import STATE_STOPPED, STATE_STOPPING, MasterRunner, WorkerRunner

from reznet_load.chat.prompts import load as load_prompts
from reznet_load.core.errors import ReznetLoadError, in_words
from reznet_load.core.profile import Profile
from reznet_load.core.settings.accounts import read_accounts
from reznet_load.core.settings.settings import ENVIRONMENT, SUPERVISED, Settings, to_environment
from reznet_load.core.system import clock
from reznet_load.core.system.descriptors import raise_limit
from reznet_load.core.system.python import python
from reznet_load.core.text.foreign_text import safe
from reznet_load.deployment.prepare import Prepared
from reznet_load.deployment.tls import tls_context
from reznet_load.load.arrivals import OpenArrivals
from reznet_load.load.channels import ChannelClient, ChannelStore
from reznet_load.load.console import say
from reznet_load.load.generator.calibration import calibrate
from reznet_load.load.generator.early_end import end_by_sigterm
from reznet_load.load.generator.self_watch import SelfWatch, keep_users, settle_memory
from reznet_load.load.live.live_watch import LiveWatch
from reznet_load.load.live.metrics_port import MetricsPort
from reznet_load.load.live.row_tally import RowTally
from reznet_load.load.progress import Progress
from reznet_load.load.record import Recorder, use_fine_buckets
from reznet_load.load.run_controller import IN_FLIGHT_SECONDS, RunController
from reznet_load.load.run_notice import REPORTING
from reznet_load.load.samples.files import SampleFiles, write_locally
from reznet_load.load.samples.shipping import SHIP_SECONDS, Inbox
from reznet_load.load.samples.trace import Trace
from reznet_load.load.sockets.reactor import Reactor
from reznet_load.load.turn_tally import TurnTally
from reznet_load.load.user_context import UserContext
from reznet_load.load.workers.accounts import AccountPool
from reznet_load.load.workers.serving import SPENT, serve
from reznet_load.load.workers.terms import Terms
from reznet_load.load.workers.workers import Workers

log = logging.getLogger(__name__)
COSTS_END = "--max-cost was exceeded: agents are not asked any more, everything else continues"

STOPPING = (
    f"Stopping: users finish what they began, {IN_FLIGHT_SECONDS:.0f} s at most; what is still open then is cut off."
)


class ProcessSetup:
    """The parts of this process, connected to Locust's events."""

    def __init__(self, environment: Environment, settings: Settings, gentle: bool) -> None:
        use_fine_buckets()
        raise_limit()
        self.environment = environment
        self.settings = settings
        runner = environment.runner
        accounts = read_accounts(settings.accounts)
        recorder, reactor = Recorder(environment), Reactor()
        self.shared = UserContext(
            settings=settings,
            recorder=recorder,
            reactor=reactor,
            channels=ChannelClient(runner)
            if isinstance(runner, WorkerRunner)
            else ChannelStore(settings, runner, recorder, gentle),
            prompts=load_prompts(Path(settings.prompts) if settings.prompts else None),
            accounts=AccountPool(accounts),
            tls=tls_context(settings),
            trace=Trace(settings.trace),
        )
        environment.reznet = self.shared  # type: ignore[attr-defined]
        self._watch = SelfWatch(
            recorder, reactor, lambda: len(environment.runner.user_greenlets), lambda: self.shared.in_flight
        )
        self._watching: gevent.Greenlet | None = None
        self._ending: gevent.Greenlet | None = None
        if signal.getsignal(signal.SIGHUP) == signal.SIG_DFL:
            gevent.signal_handler(signal.SIGHUP, os.kill, os.getpid(), signal.SIGTERM)
        self._workers: Workers | None = None
        self._metrics: MetricsPort | None = None
        self.turns = TurnTally(environment)
        self.rows = RowTally(environment)
        self.arrivals = OpenArrivals(environment, self.shared)
        environment.events.test_stopping.add_listener(self._on_stopping)
        environment.events.test_stop.add_listener(self._on_stop)
        environment.events.spawning_complete.add_listener(lambda **_: keep_users())

    def _on_stopping(self, **_: Any) -> None:
        self.shared.stopping = True
        self.shared.notice.wait_for(STOPPING)

    def _on_stop(self, **_: Any) -> None:
        self.arrivals.end()
        self.shared.trace.flush()

    def wake(self) -> None:
        """Start the self-measurement; once per process."""
        settle_memory()
        if self._watching is None:
            gc.callbacks.append(self._watch.on_gc)
            self._watching = gevent.spawn(self._watch.run)
            gevent.spawn(calibrate, self.shared.recorder)

    def serve_as_worker(self, runner: WorkerRunner, terms: Terms) -> None:
        """Set up a worker: it sends its measurements to the master and follows its messages."""
        serve(runner, self.shared, terms, self.wake, self.arrivals)

    def admit_workers(self, runner: MasterRunner, terms: Terms, interactive: bool) -> None:
        """Set up a master: it checks each worker that connects."""
        self._workers = Workers(runner, terms, self.shared, interactive)

    def open_metrics(self) -> None:
        """Open the port of --metrics-port, if one was given. Raises ConfigError."""
        if self.settings.metrics_port:
            self._metrics = MetricsPort(self.settings, lambda: self.shared.folder)

    def conduct(self, prepare: Callable[[], Prepared], profile: Profile | None = None) -> None:
        """Set up the master or only process, which begins and ends runs; `prepare` gives the folder of each."""
        runner, files = self.environment.runner, SampleFiles()
        inbox = Inbox(runner, files) if isinstance(runner, MasterRunner) else None
        workers = self._workers
        controller = RunController(self.environment, self.shared, files, inbox, workers)
        progress = Progress(self.environment, controller, self.turns)
        watch = LiveWatch(controller, self.rows, self.settings, progress.line)

        def on_start(**_: Any) -> None:
            earlier = self.shared.folder
            self.shared.notice.starting()
            try:
                self.wake()
                prepared = prepare()
                if workers:
                    workers.begin(prepared)
                controller.set_up(prepared, profile)
                controller.start_phases(clock.now())
                end_by_sigterm(self.environment)
                if workers:
                    workers.begun()
                else:
                    self.arrivals.start()
                progress.start(prints=not watch.draws)
                watch.start(profile.duration if profile else None)
                self.shared.notice.wait_for("")
            except (ReznetLoadError, OSError) as error:
                if profile is None:
                    controller.end()
                    self.shared.folder = earlier
                self.refuse(in_words(error), interactive=profile is None)

        def end_run() -> None:
            watch.stop()
            progress.stop()
            if workers:
                workers.over()
            folder = controller.end()
            self.shared.notice.wait_for("")
            if profile is None and folder is not None:
                gevent.spawn(self._report, folder)

        def on_stop(**_: Any) -> None:
            # In its own greenlet: Locust kills the stop's greenlet half a second after the last worker went missing.
            if self._ending is None or self._ending.ready():
                self._ending = gevent.spawn(end_run)
            self._ending.join()

        def on_quit(**_: Any) -> None:
            if inbox is not None and self.environment.runner.state in (STATE_STOPPING, STATE_STOPPED):
                on_stop()  # the run is still on, or Locust did not call it; does nothing after a regular end
            if SUPERVISED not in os.environ and profile is not None and controller.folder is not None:
                self.environment.runner.stop()  # does nothing if the run has ended by itself
                self.environment.process_exit_code = report(controller.folder, self.shared.settings)
            if self._metrics is not None and controller.folder is not None:
                self._metrics.page.linger(controller.folder, self.settings.metrics_linger)

        self.environment.events.test_start.add_listener(on_start)
        self.environment.events.test_stop.add_listener(on_stop)
        self.environment.events.quitting.add_listener(on_quit)
        self.keep_books(controller, files, lambda: self._stop_asking(workers=inbox is not None))

    def keep_books(self, controller: RunController, files: SampleFiles, on_spent: Callable[[], None]) -> None:
        """Once a second, without end: samples to disk, phases into `run.json`, `on_spent` once the cost limit is
        exceeded.
        """

        def write() -> None:
            write_locally(self.shared.recorder, files, controller.process)
            self.shared.trace.flush()

        def watch_costs() -> None:
            if not self.shared.spent and files.spending.passed():
                on_spent()

        acts = (write, controller.each_second, watch_costs)

        def each_second() -> None:
            while True:
                gevent.sleep(SHIP_SECONDS)
                for act in acts:
                    try:
                        act()
                    except OSError as error:  # tried again in the next second; this greenlet must not end
                        log.warning("once a second: %s", error)

        gevent.spawn(each_second)

    def _stop_asking(self, workers: bool) -> None:
        """The cost limit was exceeded: no agent is asked any more, everything else continues. `workers`: inform them
        too.
        """
        self.shared.spent = True
        say(COSTS_END)
        if workers:
            self.environment.runner.send_message(SPENT)

    def refuse(self, text: str, interactive: bool) -> None:
        """Abort the present Start before the first user. After any other exception Locust would start users."""
        print(f"reznet-load: {safe(text, 4000, lines=True)}", file=sys.stderr, flush=True)
        if not interactive:
            os._exit(2)  # nothing was measured; Locust itself would go on without us
        self.shared.notice.refuse(text)
        self.environment.runner._users_dispatcher = None  # it was made for this Start
        raise gevent.GreenletExit

    def _report(self, folder: Path) -> None:
        """Report a run of the web UI; the tab says so, unless the next Start has begun by then."""
        notice = self.shared.notice
        with notice.waiting_for(REPORTING):
            report(folder, self.shared.settings)


def report(folder: Path, settings: Settings) -> int:
    """Clean up, judge and render a finished run in a separate process without gevent; returns its exit code."""
    environ = os.environ | {ENVIRONMENT: to_environment(settings)}
    return subprocess.run(python("-m", "reznet_load", "finish", str(folder)), env=environ).returncode
