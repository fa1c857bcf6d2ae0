"""The probes' process, `reznet-load probe RUN`: measures until it is asked to stop, writes only its own files of the
run.

samples/probe.bin   in the format of every process of the run
probes.json         `has` and `lacks` by need, each probe's facts before and after the load, when its server was away
"""

from __future__ import annotations

import json
import os
import random
import signal
import threading
import time
import traceback
from dataclasses import asdict
from pathlib import Path
from typing import Any

from reznet_load.core.folder import FACTS, write_text
from reznet_load.core.kept.file import Loss
from reznet_load.core.kept.samples import LAST_SECONDS, SampleFile
from reznet_load.core.named import load_named
from reznet_load.core.probes import PROBES, ProbeKind
from reznet_load.core.settings.settings import Settings
from reznet_load.core.system import clock
from reznet_load.core.text.foreign_text import safe_all
from reznet_load.core.text.secrets import mask_text
from reznet_load.probes.answers import Answers
from reznet_load.probes.probe import MOST_BEHIND, Notes, Probe, ProbeDefect, ProbedRun, ProbeError, Task

FLUSH_SECONDS = 1.0
RETRY_SECONDS = 1.0
NAME = "probe"


def command(folder: Path, settings: Settings) -> int:
    """Probe until SIGTERM, SIGINT or the end of the parent process."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    notes = Notes()
    probing = Run(folder, chosen(ProbedRun(folder, settings, notes)), notes, settings.scattered)
    losses = probing.until(stop)
    # for the parent process, because the disk may be full
    print(json.dumps([asdict(loss) for loss in losses]), flush=True)
    return 0


def chosen(run: ProbedRun) -> list[Probe]:
    """The probes of `core.probes` that the run can have and its settings switch on. Each driver is imported only if
    used.
    """
    wanted = [kind for kind in PROBES.values() if kind.name in run.settings.probes]
    return [made(kind, run) for kind in wanted if kind.is_on(run.settings, os.environ)]


def made(kind: ProbeKind, run: ProbedRun) -> Probe:
    """The probe; if it cannot be made, an UnmadeProbe that reports why when it is opened, so that other probes can run."""
    try:
        own = run.dialect().probes if kind.of_dialect else {}
        return load_named(own.get(kind.name, kind.probe)).of_run(run)
    except Exception as error:
        return UnmadeProbe(kind.name, _told(error))


class UnmadeProbe:
    """A probe that could not be made."""

    def __init__(self, name: str, reason: ProbeError) -> None:
        self.name = name
        self._reason = reason

    def open(self) -> dict[str, Any]:
        """Raises ProbeError, always."""
        raise self._reason

    def tasks(self) -> list[Task]:
        """No tasks."""
        return []

    def close(self) -> dict[str, Any]:
        """No facts."""
        return {}


class Run:
    """Runs the probes."""

    def __init__(self, folder: Path, probes: list[Probe], notes: Notes, scattered: bool = False) -> None:
        """`scattered`: intervals between questions vary randomly between half and one and a half times the period."""
        self._scattered = scattered
        self._folder = folder
        self._probes = probes
        self._notes = notes
        self._stop = threading.Event()
        self._facts: dict[str, Any] = {"has": [], "lacks": {}, "before": {}, "after": {}}
        self._answers = Answers()
        self._file = SampleFile(folder, NAME)
        self._file.open()
        self._written = True
        self._why = ""

    def until(self, stop: threading.Event) -> list[Loss]:
        """Open the probes, run them, and close them when `stop` is set; returns what could not be written."""
        parent = os.getppid()
        opened = [probe for probe in self._probes if self._opened(probe)]
        self._write()
        threads = [self._started(probe, task) for probe in opened for task in probe.tasks()]
        while not stop.wait(FLUSH_SECONDS) and os.getppid() == parent:
            self._flush()
            if self._answers.news or not self._written:
                self._write()
        self._stop.set()
        deadline = time.monotonic() + 6
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        for probe in opened:
            began = clock.now()
            try:
                self._facts["after"][probe.name] = found = probe.close()
                if found:  # a probe that returned facts is connected
                    self._answers.answered(probe.name, began, clock.now())
            except Exception as error:
                self._answers.failed(probe.name, began, _told(error))
        self._flush()
        self._write()
        return self._close()

    def _close(self) -> list[Loss]:
        losses, deadline = self._file.close(), time.monotonic() + LAST_SECONDS
        while not self._written and time.monotonic() < deadline:
            time.sleep(0.1)
            self._write()
        return losses if self._written else [*losses, Loss(FACTS, "file", 1, self._why)]

    def _opened(self, probe: Probe) -> bool:
        try:
            self._facts["before"][probe.name] = probe.open()
        except Exception as error:
            self._facts["lacks"][probe.name] = str(_told(error))
            return False
        self._facts["has"].append(probe.name)
        return True

    def _started(self, probe: Probe, task: Task) -> threading.Thread:
        thread = threading.Thread(target=self._repeat, args=(probe, task), daemon=True)
        thread.start()
        return thread

    def _repeat(self, probe: Probe, task: Task) -> None:
        due = clock.now() + random.random() * task.every
        while not self._stop.wait(max(0.0, due - clock.now())):
            began = clock.now()
            try:
                task.act(due)
                self._answers.answered(probe.name, began, clock.now(), task.within)
            except Exception as error:
                self._answers.failed(probe.name, began, _told(error))
                self._stop.wait(RETRY_SECONDS)
                due = clock.now()
            due += task.every * (random.uniform(0.5, 1.5) if self._scattered else 1.0)
            if clock.now() - due > MOST_BEHIND * task.every:
                due = clock.now()

    def _flush(self) -> None:
        self._file.add(*self._notes.take())

    def _write(self) -> None:
        """Write the facts completely; if the disk is full, they are tried again a second later."""
        text = (
            json.dumps(safe_all(self._facts | self._answers.facts(), lines=True), ensure_ascii=False, indent=1) + "\n"
        )
        try:
            write_text(self._folder / FACTS, text)
        except OSError as error:
            self._written = False
            self._why = error.strerror or str(error)
        else:
            self._written = True


def _told(error: Exception) -> ProbeError:
    """A probe's exception as a reason for the reader; for an unexpected error, with the place where it happened."""
    if isinstance(error, ProbeError):
        return error
    place = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(place.filename).name}:{place.lineno}"
    return ProbeDefect(f"the probe itself failed ({where}): {type(error).__name__}: {mask_text(str(error))[:200]}")
