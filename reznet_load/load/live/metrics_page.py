"""`/metrics` of the current or last run: written by a separate process, with verdicts from the judge's process.

The loaded loop copies 100 to 300 KB from a pipe to a socket per scrape, 0.3 ms. Both processes start with the first
scrape and end a minute after the last. A scrape costs 20 ms in the writing process, at a niceness of 10.
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
LONGEST_SECONDS = 30.0  # Prometheus itself gives up after 10 s unless configured otherwise
IDLE_SECONDS = 60.0  # without a scrape for so long, the scraper counts as gone
_COMMAND = tuple(python("-m", "reznet_load", "metrics", "-"))
_NO_RUN = (
    b"# HELP reznet_load_running 1 while the run is on, 0 after its end\n"
    b"# TYPE reznet_load_running gauge\nreznet_load_running 0.0\n# EOF\n"
)


class LivePage:
    """`look` gives the page. `judging` may be the one of the web UI's tab."""

    def __init__(self, judging: Judging, command: tuple[str, ...] = _COMMAND) -> None:
        self._judging = judging
        self._process = AskedProcess(command, LONGEST_SECONDS)
        self._judged = False
        self._looked = 0.0  # time of the last scrape, by time.monotonic()
        self._watching: gevent.Greenlet | None = None

    def look(self, folder: Path | None) -> bytes | None:
        """OpenMetrics text of `folder` (None: no run yet); None if the process that writes it does not answer."""
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
            return None  # the process has ended: the next scrape starts it again
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
        """After the end of a run: wait at most `seconds` until a scraper has read the last verdicts and all samples.

        Returns at once if there was no scrape for IDLE_SECONDS.
        """
        if not self._is_watched():
            return
        deadline = time.monotonic() + seconds
        with gevent.Timeout(seconds, False):
            self._judging.conclude(folder)
        concluded = time.monotonic()
        while time.monotonic() < deadline and self._looked < concluded:
            gevent.sleep(0.05)
        gevent.sleep(0.5)  # time to send that answer

    def _is_watched(self) -> bool:
        return bool(self._looked) and time.monotonic() - self._looked < IDLE_SECONDS

    def _close_when_idle(self) -> None:
        while self._is_watched():
            gevent.sleep(1.0)
        self._process.close()
