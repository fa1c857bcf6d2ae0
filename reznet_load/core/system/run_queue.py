"""How long threads of a process were ready to run and had no core, as Linux counts it (`schedstat`).

Cost: a read of /proc per thread, about 10 µs.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
# ns on a core, ns ready to run without one, time slices
_MAIN = PROC / "self" / "schedstat"
_THREAD = PROC / "thread-self" / "schedstat"


def without_a_core() -> float | None:
    """Seconds since its start that the main thread of this process was ready to run but did not; None if the kernel
    does not report it.
    """
    return _waited(_MAIN)


def thread_without_a_core() -> float | None:
    """The same of the thread that calls."""
    return _waited(_THREAD)


@dataclass(frozen=True, slots=True)
class _Reading:
    """`waited` seconds of each thread until `at`, seconds of a clock that does not jump."""

    at: float
    waited: dict[str, float]


class RunQueue:
    """The share of time that a process waited for a core, between two calls."""

    def __init__(self, pid: int, proc: Path = PROC) -> None:
        """`proc`: where the kernel shows processes."""
        self._threads = proc / str(pid) / "task"
        self._last: _Reading | None = None

    def waited_percent(self, now: float) -> float | None:
        """Percent of the time since the last call in which its worst thread was ready to run and had no core.

        None on the first call, and if the kernel does not report it. `now`: seconds of a clock that does not jump.
        """
        last, self._last = self._last, _Reading(now, self._read())
        if last is None or now <= last.at:
            return None
        grown = [waited - last.waited[thread] for thread, waited in self._last.waited.items() if thread in last.waited]
        return 100 * min(1.0, max(0.0, *grown) / (now - last.at)) if grown else None

    def _read(self) -> dict[str, float]:
        try:
            threads = [thread.name for thread in self._threads.iterdir()]
        except OSError:  # it has ended, or this system has no such files
            return {}
        found = {thread: _waited(self._threads / thread / "schedstat") for thread in threads}
        return {thread: waited for thread, waited in found.items() if waited is not None}


def _waited(schedstat: Path) -> float | None:
    try:
        return int(schedstat.read_text().split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return None
