"""Ctrl-C and SIGTERM while a run is on: the first asks it to end and report, the second ends it now."""

from __future__ import annotations

import signal
import sys
from types import FrameType, TracebackType


class Stopper:
    """Counts how often somebody asked to stop; restores the handlers afterwards."""

    def __init__(self) -> None:
        self.asked = 0
        self._before: dict[int, object] = {}

    def __enter__(self) -> Stopper:
        for number in (signal.SIGINT, signal.SIGTERM):
            self._before[number] = signal.signal(number, self._on_signal)
        return self

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.asked += 1
        if self.asked == 1:
            print(
                "\nstopping: what was measured will be reported; once more to stop at once", file=sys.stderr, flush=True
            )

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]
