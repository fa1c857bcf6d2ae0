"""How late the machine itself wakes a process that does nothing: what a loop's lag is to be compared with."""

from __future__ import annotations

import threading
import time

TICK = 0.05  # seconds


class IdleThread:
    """Sleeps from when it is made until it is asked."""

    def __init__(self) -> None:
        self._late: list[float] = []
        self._over = False
        threading.Thread(target=self._tick, daemon=True).start()

    def _tick(self) -> None:
        while not self._over:
            due = time.perf_counter() + TICK
            time.sleep(TICK)
            self._late.append((time.perf_counter() - due) * 1000)

    def p99(self) -> float:
        """Ms; it ends with this."""
        self._over = True
        return sorted(self._late)[int(len(self._late) * 0.99)]
