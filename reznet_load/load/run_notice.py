"""What a reader of the web UI must know in addition to verdicts: why a Start was refused, what a Start or Stop waits
for.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from reznet_load.core.system import clock
from reznet_load.core.text.foreign_text import safe

STARTING = "Starting: checking the deployment before the first user."
DELIVERING = "Stopping: the workers deliver their last samples, 10 s at most."
WRITING = "Stopping: writing the last samples."
REPORTING = "The run has ended: removing its channels and writing its report."
_MOST_CHARACTERS = 1000


@dataclass(slots=True)
class RunNotice:
    """Set by the process that begins and ends runs, read by the tab.

    refused   why the last Start was refused; "" if it was not
    waiting   the present activity before the first user or after the last, with its limit; "" while users run and
              between runs
    old       the run shown is not of the last Start, which was refused or is being prepared
    """

    refused: str = ""
    waiting: str = ""
    old: bool = False
    _since: float = 0.0

    def starting(self) -> None:
        """Start was pressed: until its run has a folder, an earlier run is shown."""
        self.refused = ""
        self.old = True
        self.wait_for(STARTING)

    def begun(self) -> None:
        """The run that is shown is now that of the last Start."""
        self.old = False

    def refuse(self, reason: str) -> None:
        """The last Start gave no run."""
        self.refused = safe(reason, _MOST_CHARACTERS)
        self.old = True
        self.wait_for("")

    def wait_for(self, what: str) -> None:
        """`what` is the present activity."""
        self.waiting = what
        self._since = clock.monotonic()

    @contextmanager
    def waiting_for(self, what: str) -> Iterator[None]:
        """`what` is the activity during the block, unless a Start comes in the meantime."""
        self.wait_for(what)
        try:
            yield
        finally:
            if self.waiting == what:
                self.wait_for("")

    @property
    def waited(self) -> float:
        """Seconds that it has been waiting."""
        return clock.monotonic() - self._since if self.waiting else 0.0
