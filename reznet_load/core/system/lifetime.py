"""Processes that do not outlive the one that started them, however it went."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def die_with_parent(number: int) -> Callable[[], None] | None:
    """For Popen's preexec_fn: the child gets signal `number` when this process ends, SIGKILL included. Linux only."""
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    def arrange() -> None:
        prctl(_PR_SET_PDEATHSIG, number)
        if os.getppid() != parent:  # it ended before prctl took hold
            os.kill(os.getpid(), number)

    return arrange
