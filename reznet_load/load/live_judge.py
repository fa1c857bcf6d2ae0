"""The judge of a run in progress: a separate process that reports the run's present state while a page or terminal
shows it.

The loaded loop neither imports numpy nor judges: it writes the folder's name into a pipe and reads a line of JSON.
`reznet-load verdicts -` is started when the tab is opened and ended a minute after its last request.

Cost, measured on two cores: 1.4 CPU seconds once for imports and 100 MB, then 0.07 CPU seconds per judgement with 14
000 samples (50 users, 60 s) and 0.13 with 260 000 (100 users, 10 minutes): 2 to 4 % of a core, at a niceness of 10. In
the loaded loop: a fork of 7 ms when the tab is opened; with a request every 2 s, the loop lag's p99 was 3 ms instead of
2 ms (30 users, 2 workers). A browser on the generator's own machine costs far more.
"""

from __future__ import annotations

import json
import time
from pathlib import Path

import gevent

from reznet_load.core.system.python import python
from reznet_load.load.live.asked_process import AskedProcess

# between two judgements, or REST_SHARE times the duration of the last one if longer: judging never dominates
EVERY_SECONDS = 3.0
REST_SHARE = 10
IDLE_SECONDS = 60.0
LONGEST_SECONDS = 60.0  # a judgement that takes longer is abandoned
ENDED = "ended"
COMMAND = tuple(python("-m", "reznet_load", "verdicts", "-"))


class Judging:
    """`latest` returns what is known at once; a greenlet requests newer answers, one at a time."""

    def __init__(self, command: tuple[str, ...] = COMMAND) -> None:
        self.process = AskedProcess(command, LONGEST_SECONDS)
        self._asking: gevent.Greenlet | None = None
        self._folder: Path | None = None
        self._answer = b""
        self._state = ""
        self._answered = 0.0
        self._wanted = 0.0

    def latest(self, folder: Path) -> tuple[bytes, float]:
        """(the latest answer on `folder` as JSON, b"" before the first; its age in seconds)."""
        if folder != self._folder:
            self._folder = folder
            self._answer = b""
            self._state = ""
        self._wanted = time.monotonic()
        if not self._asking and self._state != ENDED:
            self._asking = gevent.spawn(self._run)
        return self._answer, self._wanted - self._answered

    def _run(self) -> None:
        try:
            while self._state != ENDED and time.monotonic() - self._wanted < IDLE_SECONDS:
                began, fresh = time.monotonic(), not self.process.on
                assert self._folder is not None
                known = self._take(self._folder, self.ask(self._folder))
                took = 0.0 if fresh and known else time.monotonic() - began  # the first answer is mostly imports
                gevent.sleep(max(EVERY_SECONDS, REST_SHARE * took))
        finally:
            self.close()

    def ask(self, folder: Path) -> bytes:
        """One answer, however long it takes; empty if the process has ended or does not answer."""
        return self.process.ask(str(folder.resolve()).encode())

    def conclude(self, folder: Path) -> bool:
        """Request an answer for a run that is over; returns whether the answer is of its end."""
        self._folder = folder
        self._wanted = time.monotonic()
        return self._take(folder, self.ask(folder)) and self._state == ENDED

    def _take(self, folder: Path, answer: bytes) -> bool:
        """Keep an answer; False if it is not valid."""
        try:
            state, known = json.loads(answer).get("state", ""), True
        except ValueError:
            self.close()
            answer = b'{"error": "the judging process ended or did not answer; it is started again"}'
            state, known = "", False
        if folder == self._folder:  # else Start was pressed in the meantime
            self._answer = answer
            self._state = state
            self._answered = time.monotonic()
        return known

    def close(self) -> None:
        """End the process."""
        self.process.close()
