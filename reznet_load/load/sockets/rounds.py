"""Sockets whose users wait for nothing are read in rounds, many per wake-up, instead of each at once.

Most of what a test's sockets receive is fan-out that is counted and not timed, on connections of thinking users. Waking
up for each such event costs several times what reading it costs, and delays the reading of replies that are timed. So
the loop watches only sockets whose users wait for something. The others are read every ROUND_SECONDS, in portions
between which the loop serves the waiting users. Their events wait in the kernel: a server does not notice, and a
browser's tab in the background is no faster.

Cost: 10 wake-ups per second if any user is idle, with one `poll` for all of them (15 us for 200, measured).
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

from gevent.hub import get_hub
from gevent.monkey import get_original

ROUND_SECONDS = 0.1  # the longest that an event of an idle socket stays in the kernel
_HELPING_SECONDS = 0.0003  # how long the loop is blocked at a time, plus one more socket
_READS = range(4)  # reads of a socket per round
_READABLE = 1  # POLLIN; errors and hang-ups are always reported


class Rounds:
    """The idle sockets of a process.

    `hear` of a socket is called when it may be read, must neither block nor raise, and returns whether there may be
    more.
    """

    def __init__(self) -> None:
        self._hear: dict[int, Callable[[], bool]] = {}  # by descriptor
        self._poll = get_original("select", "poll")()  # the system's own: gevent's waits, and is written in Python
        self._due: list[tuple[int, int]] = []  # sockets that may be read in this round, and poll's flags
        self._loop = get_hub().loop
        self._timer = self._loop.timer(ROUND_SECONDS, ROUND_SECONDS, ref=False)

    def __len__(self) -> int:
        return len(self._hear)

    @property
    def turning(self) -> bool:
        """Are any sockets read in rounds?"""
        return bool(self._timer.active)

    def join(self, descriptor: int, hear: Callable[[], bool]) -> None:
        """Read the socket in rounds from now on."""
        self._hear[descriptor] = hear
        self._poll.register(descriptor, _READABLE)
        if not self.turning:
            self._timer.start(self._begin)

    def leave(self, descriptor: int) -> None:
        """Stop reading it in rounds; call it before the socket is closed."""
        del self._hear[descriptor]
        self._poll.unregister(descriptor)
        if not self._hear:
            self._timer.stop()

    def _begin(self) -> None:
        if not self._due:  # else the last round has not ended yet
            self._due = self._poll.poll(0)
            self._go_on()

    def _go_on(self) -> None:
        """Read one portion; the next follows after the loop has checked everything else."""
        hear = self._hear
        due = self._due
        until = perf_counter() + _HELPING_SECONDS
        while due and perf_counter() < until:
            descriptor, _ = due.pop()
            for _ in _READS:
                if descriptor not in hear or not hear[descriptor]():  # a user that was read before may have closed it
                    break
        if due:
            self._loop.run_callback(self._go_on)
