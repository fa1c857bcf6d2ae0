"""Sockets that await nothing are read in rounds, many at a wake-up, rather than each at once.

Most of what a test's sockets hear is fan-out that is counted and not timed, on connections of users who are thinking. To
wake for each such event costs several times what reading it costs, and stands between a reply that is timed and its
arrival. So only who awaits something is watched by the loop. The others are read every ROUND_SECONDS, in helpings between
which the loop serves the users that await something. What they hear waits in the kernel: a server notices nothing, a browser's
tab in the background is no quicker.

Cost: 10 wake-ups a second where any user rests, one `poll` of all of them each (15 us for 200, tried).
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

from gevent.hub import get_hub
from gevent.monkey import get_original

ROUND_SECONDS = 0.1  # the longest that an event of a resting socket lies in the kernel
_HELPING_SECONDS = 0.0003  # how long the loop is held at a time, and one more socket
_READS = range(4)  # of a socket in its round
_READABLE = 1  # POLLIN; errors and hang-ups are always reported


class Rounds:
    """The resting sockets of a process. `hear` of one is called when it may be read, must neither block nor raise, and
    answers whether there may be more.
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
        """Is any user read?"""
        return bool(self._timer.active)

    def join(self, descriptor: int, hear: Callable[[], bool]) -> None:
        """Read it in rounds from now on."""
        self._hear[descriptor] = hear
        self._poll.register(descriptor, _READABLE)
        if not self.turning:
            self._timer.start(self._begin)

    def leave(self, descriptor: int) -> None:
        """No longer; to be called before it is closed."""
        del self._hear[descriptor]
        self._poll.unregister(descriptor)
        if not self._hear:
            self._timer.stop()

    def _begin(self) -> None:
        if not self._due:  # else the last round has not ended yet
            self._due = self._poll.poll(0)
            self._go_on()

    def _go_on(self) -> None:
        """One portion; the next after the loop has looked at everything else."""
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
