"""Ctrl-C, SIGTERM and SIGHUP during a run: the first signal ends the run with a report, the second ends it at once."""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType, TracebackType


class Stopper:
    """Counts in `asked` how often the user asked to stop; restores the signal handlers at the end of the block.

    While `graceful` is set, no signal raises: the loop that watches the run checks `asked`. Before, the first signal
    raises KeyboardInterrupt. While `over` is set, results are being written, and only the second signal raises.
    """

    def __init__(self) -> None:
        self.asked = 0
        self.graceful = self.over = False
        self._before: dict[int, object] = {}

    def __enter__(self) -> Stopper:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # keeps what `nohup` set
                self._before[number] = signal.signal(number, self._on_signal)
        return self

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.asked += 1
        if number == signal.SIGHUP:
            _leave_terminal()
        if not self.graceful and (not self.over or self.asked > 1):
            raise KeyboardInterrupt
        if self.asked == 1:
            print(
                "\nstopping: the run so far will be reported; interrupt again to stop at once",
                file=sys.stderr,
                flush=True,
            )

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]


def _leave_terminal() -> None:
    """Redirect output away from the terminal, which was closed: each write would be an error."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        if os.isatty(stream):
            os.dup2(nowhere, stream)
    os.close(nowhere)
