"""What many streams do to the process that reads them: how late its loop is, and how much memory each takes."""

from __future__ import annotations

import time
from pathlib import Path

import gevent

TICK = 0.05  # seconds


class LoadOfProcess:
    """Watches from the moment it is made, before any stream is opened."""

    def __init__(self) -> None:
        self._before = _resident_kb()
        self._late: list[float] = []
        gevent.spawn(self._tick)

    def _tick(self) -> None:
        due = time.perf_counter() + TICK
        while True:
            gevent.sleep(max(0.0, due - time.perf_counter()))
            now = time.perf_counter()
            self._late.append((now - due) * 1000)
            due = max(due + TICK, now)

    def forget(self) -> None:
        """What was late until now does not count."""
        self._late.clear()

    def seen(self, streams: int) -> dict[str, float]:
        """Lag in ms, memory that a stream added in kB."""
        late = sorted(self._late)
        return {
            "lag_p99_ms": late[int(len(late) * 0.99)],
            "lag_max_ms": late[-1],
            "stream_kb": (_resident_kb() - self._before) / streams,
        }


def _resident_kb() -> float:
    status = Path("/proc/self/status").read_text()
    return float(status.split("VmRSS:")[1].split()[0])
