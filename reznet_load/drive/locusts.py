"""Runs Locust as one process, or as a master with workers; watches the processes until the run is over."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reznet_load.core import folder as run_folder
from reznet_load.core.errors import ReznetLoadError
from reznet_load.core.kept.notes import RunNotes, left_notes
from reznet_load.core.run import Caution
from reznet_load.core.run_files import read_info
from reznet_load.core.settings.settings import COMMAND, DOUBT, ENVIRONMENT, SUPERVISED, Settings, to_environment
from reznet_load.core.system import clock
from reznet_load.core.system.machine import free_port
from reznet_load.core.system.python import own_environment, python
from reznet_load.core.system.resources import resource
from reznet_load.drive.children import Child, wait_for
from reznet_load.drive.signals import Stopper

PREPARE_SECONDS = 180.0  # until the run folder exists: enough for a deployment that delays the first questions
_START_SECONDS = 30  # until workers of this machine are connected
JOIN_SECONDS = 300  # until workers that are started by hand on other machines are connected
SETUP_SECONDS = 600.0  # until channels are created, if the deployment allows one a second; each call has its own limit
# After the last phase: 8 s for turns in flight, 10 s for workers to deliver samples, 10 s for a full disk to recover,
# and a reserve for Locust's exit.
GRACE_SECONDS = 35.0


@dataclass(frozen=True, slots=True)
class RemoteWorkers:
    """Workers that are started by hand on other machines; they connect to `port` of this machine."""

    count: int = 0
    port: int = 5557


class Locusts:
    """The processes of Locust for one run: `start`, then `wait`, then `close`."""

    def __init__(
        self,
        scenario: str,
        settings: Settings,
        command: str,
        workers: int = 0,
        extra: Sequence[str] = (),
        remote: RemoteWorkers | None = None,
        quiet: bool = False,
        doubt: str = "",
        more: Mapping[str, str] | None = None,
    ) -> None:
        """Prepare the commands; nothing is started.

        command   the command line as the user gave it, for the document
        workers   workers on this machine; 0 without `remote`: a single process
        extra     further options of Locust
        remote    workers on other machines, in addition to `workers`
        quiet     drop Locust's stdout
        doubt     what the clean-up before the run left, for the document
        more      further environment variables
        """
        self._settings = settings
        self._workers = workers
        self._remote = remote or RemoteWorkers()
        self._quiet = quiet
        self._home = tempfile.TemporaryDirectory(prefix="reznet-load-")
        self._handoff = Path(self._home.name) / "folder"
        self._environ = own_environment() | {
            ENVIRONMENT: to_environment(settings),
            SUPERVISED: str(self._handoff),
            COMMAND: command,
            DOUBT: doubt,
            **(more or {}),
        }
        locustfile = str(resource(f"locustfiles/{scenario}.py"))
        self._base = python("-m", "reznet_load.load.locust_process", "-f", locustfile, "--skip-log-setup")
        self._extra = list(extra)
        self.main: Child | None = None
        self.workers: list[Child] = []
        self._children = ExitStack()

    @property
    def folder(self) -> Path | None:
        """The run folder; None until the run is prepared."""
        return Path(self._handoff.read_text()) if self._handoff.exists() else None

    def start(self, headless: bool = True) -> None:
        """Start the master with its workers, or the only process."""
        # Without --only-summary Locust computes statistics every 2 s for a table that is not shown. This blocks its
        # event loop for 4 ms.
        command = [*self._base, *(["--headless", "--only-summary"] if headless else []), *self._extra]
        if self._workers or self._remote.count:
            port = self._remote.port if self._remote.count else free_port()
            command += self._of_master(port)
        self.main = self._child(command)
        for _ in range(self._workers):
            worker = [*self._base, "--worker", "--master-host", "127.0.0.1", "--master-port", str(port)]
            self.workers.append(self._child(worker))

    def _of_master(self, port: int) -> list[str]:
        """Locust's options for a master that waits for all workers on `port`."""
        remote = self._remote.count > 0
        host = "*" if remote else "127.0.0.1"
        seconds = JOIN_SECONDS if remote else _START_SECONDS
        words = ["--master", "--master-bind-host", host, "--master-bind-port", str(port)]
        expected = self._workers + self._remote.count
        return [*words, "--expect-workers", str(expected), "--expect-workers-max-wait", str(seconds)]

    def _child(self, command: list[str]) -> Child:
        child = Child(command, self._environ, quiet=self._quiet, bound=True)
        self._children.callback(child.stop, 3.0)
        return child

    def wait(self, stopper: Stopper, limited: bool = True) -> int:
        """Wait until Locust ends; returns its exit code. Raises ReznetLoadError if the run was not prepared in time.

        limited   end the run by force if it does not end in time; its `run.json` then has a caution
        """
        assert self.main is not None
        if limited and not wait_for(self._handoff, self.main, PREPARE_SECONDS) and self.main.running:
            raise ReznetLoadError(
                f"the run was not prepared within {PREPARE_SECONDS:.0f} s; is the deployment answering?"
            )
        passed_on = False
        prepared = clock.now()
        while not self.main.wait(0.2):
            if stopper.asked and not passed_on:
                passed_on = True  # only once: a second SIGTERM would interrupt the shutdown
                self.main.ask_to_stop()
            late = limited and clock.now() > self._deadline(prepared)
            if late or stopper.asked > 1:
                self._give_up("it did not end in time" if late else "it was interrupted twice")
                break
        return self.main.process.returncode

    def _deadline(self, prepared: float) -> float:
        """The time at which the run must be over; `prepared` is the time at which its folder existed."""
        assert self.folder is not None
        grace = GRACE_SECONDS + (self._settings.metrics_linger if self._settings.metrics_port else 0.0)
        info = read_info(self.folder / run_folder.INFO)
        if info.origin is None:
            return prepared + SETUP_SECONDS + info.duration + grace
        return info.origin + info.duration + grace

    def _give_up(self, why: str) -> None:
        assert self.main is not None
        self.main.kill()
        if self.folder is not None:
            caution = Caution(
                "generator_killed",
                f"Locust was ended by force: {why}.",
                "All samples except those of the last second were saved; locust.log may say why Locust did not end.",
            )
            fields = {name: getattr(caution, name) for name in ("id", "text", "remedy", "void")}
            RunNotes(self.folder).update(cautions=[fields], ended=run_folder.now())

    def notes(self) -> list[dict[str, Any]]:
        """Changes of `run.json` that could not be written during the run, oldest first."""
        return left_notes(self._handoff)

    def close(self) -> None:
        """End all processes of Locust that still run, and remove temporary files."""
        self._children.close()
        self._home.cleanup()
