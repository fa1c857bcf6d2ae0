"""Records what the suite measures, in the same files as every process of a run, and how late its own thread runs."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import psutil

from reznet_load.core.kept.file import Loss
from reznet_load.core.kept.samples import SampleFile
from reznet_load.core.measured.measurement import Measurement
from reznet_load.core.rows import CLOCK_STEP, GENERATOR_CPU, LOOP_LAG
from reznet_load.core.system import clock
from reznet_load.probes.probe import Notes

_NAME = "suite"  # of its files below samples/
TICK_SECONDS = 0.05  # as in a load run's generator: a timer this frequent detects any pause of 50 ms or more


class Record(Notes):
    """Records samples of the suite and of the probes that it uses."""

    def __init__(self) -> None:
        super().__init__()
        self._file: SampleFile | None = None

    def add(self, seen: Measurement) -> None:
        """Add one Measurement."""
        with self._lock:
            self._ledger.add(seen.kind, seen.name, seen.unit, seen.value, seen.start, seen.late, seen.error)

    def flush(self, folder: Path) -> None:
        """Write everything since the last call into the run folder, because judging reads files."""
        if self._file is None:
            self._file = SampleFile(folder, _NAME)
        self._file.add(*self.take())

    def close(self) -> list[Loss]:
        """Close the files; returns what could not be written."""
        return self._file.close() if self._file is not None else []


class LagWatch:
    """A thread that sleeps and notes how late it wakes: a machine too busy for one user voids the run, too.

    Cost: 20 wake-ups a second, below 0.1 % of a core.
    """

    def __init__(self, record: Record) -> None:
        self._record = record
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Stop the thread."""
        self._stop.set()
        self._thread.join(1.0)

    def _run(self) -> None:
        process = psutil.Process()
        second = time.monotonic() + 1
        steps = clock.StepWatch()
        process.cpu_percent()
        while not self._stop.is_set():
            before = time.perf_counter()
            time.sleep(TICK_SECONDS)
            lag = time.perf_counter() - before - TICK_SECONDS
            self._record.gauge(LOOP_LAG, max(lag, 0.0) * 1000)
            if time.monotonic() >= second:
                if step := steps.look():
                    self._record.gauge(CLOCK_STEP, step * 1000)
                self._record.gauge(GENERATOR_CPU, process.cpu_percent())
                second += 1
