"""`/metrics` of the run that is on, or of the last: written by a process of its own, verdicts by the judge's.

The loaded loop passes 100 to 300 KB from a pipe to a socket for each look, 0.3 ms; both processes start with the first
look and end a minute after the last. Cost of a look: 20 ms of that process, at a niceness of 10.
"""

from __future__ import annotations

import json
import time
from pathlib import Path

import gevent

from reznet_load.core.system.python import python
from reznet_load.load.live.asked_process import AskedProcess
from reznet_load.load.live_judge import Judging

CONTENT_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8"
LONGEST_SECONDS = 30.0  # Prometheus itself gives up after 10 s, where it is not configured otherwise
IDLE_SECONDS = 60.0  # a scraper that has not looked for so long has gone
_COMMAND = tuple(python("-m", "reznet_load", "metrics", "-"))
_NO_RUN = (
    b"# HELP reznet_load_running 1 while the run is on, 0 after its end\n"
    b"# TYPE reznet_load_running gauge\nreznet_load_running 0.0\n# EOF\n"
)


class LivePage:
    """`look` gives the page. `judging` may be that of the web UI's tab."""

    def __init__(self, judging: Judging, command: tuple[str, ...] = _COMMAND) -> None:
        self._judging = judging
        self._process = AskedProcess(command, LONGEST_SECONDS)
        self._judged = False
        self._looked = 0.0  # when, by time.monotonic()
        self._watching: gevent.Greenlet | None = None

    def look(self, folder: Path | None) -> bytes | None:
        """OpenMetrics text of `folder` (None: no run yet); None where the process that writes it does not answer."""
        self._looked = time.monotonic()
        if folder is None:
            return _NO_RUN
        if not self._watching:
            self._watching = gevent.spawn(self._close_when_idle)
        standing, _ = self._judging.latest(folder)
        self._judged = self._judged or bool(standing)
        asked = b'{"folder": %b, "standing": %b}' % (json.dumps(str(folder.resolve())).encode(), standing or b"{}")
        answer = self._process.ask(asked)
        try:
            page = json.loads(answer).get("page")
        except ValueError:
            return None  # the process has ended: it is started again with the next look
        return None if page is None else page.encode()

    @property
    def judged(self) -> bool:
        """Has the judge given its first answer?"""
        return self._judged

    def close(self) -> None:
        """End the processes that write the page and judge."""
        self._process.close()
        self._judging.close()

    def linger(self, folder: Path, seconds: float) -> None:
        """After the end of a run: wait at most `seconds` until a scraper has seen the last verdicts and all samples.

        At once where no scraper has looked for IDLE_SECONDS.
        """
        if not self._is_watched():
            return
        deadline = time.monotonic() + seconds
        with gevent.Timeout(seconds, False):
            self._judging.conclude(folder)
        concluded = time.monotonic()
        while time.monotonic() < deadline and self._looked < concluded:
            gevent.sleep(0.05)
        gevent.sleep(0.5)  # for that answer to leave

    def _is_watched(self) -> bool:
        return bool(self._looked) and time.monotonic() - self._looked < IDLE_SECONDS

    def _close_when_idle(self) -> None:
        while self._is_watched():
            gevent.sleep(1.0)
        self._process.close()
