"""A priority for a benchmark's processes that holds on a machine with other users of its cores.

Linux shares cores by session first (`sched_autogroup`), and each server and generator here has a session of its own: `nice`
decides only within one. Both are set, for all descendants, once a second.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path

import psutil

_SECONDS = 1.0


def keep_priority(nice: int) -> None:
    """From now on all descendants of this process have `nice` (-20 to 19; below 0 only as root). Cost: 1 ms a second."""
    threading.Thread(target=_keep, args=(nice,), daemon=True).start()


def _keep(nice: int) -> None:
    known: set[int] = set()
    done = threading.Event()
    while not done.wait(_SECONDS):
        pids = {process.pid for process in psutil.Process().children(recursive=True)}
        for pid in pids - known:
            try:
                os.setpriority(os.PRIO_PROCESS, pid, nice)
                Path(f"/proc/{pid}/autogroup").write_text(f"{nice}\n")
            except OSError:  # it has ended, or this kernel groups nothing
                continue
        known = pids
