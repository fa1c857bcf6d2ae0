"""`locust.log` in the run folder: the log messages of Locust and the run."""

from __future__ import annotations

import logging
from pathlib import Path

from reznet_load.core.text.safe_stream import SafeFormatter

NAME = "locust.log"


class PatientHandler(logging.FileHandler):
    """Ignores a line that cannot be written: a traceback of that error could not be written either."""

    def handleError(self, record: logging.LogRecord) -> None:
        """Do nothing."""


class RunLog:
    """Logs everything between `open` and `close`."""

    def __init__(self) -> None:
        self._handler: logging.Handler | None = None

    def open(self, folder: Path) -> None:
        """Write into the log of `folder` from now on."""
        self._handler = PatientHandler(folder / NAME, encoding="utf-8")
        self._handler.setFormatter(SafeFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        logging.getLogger().addHandler(self._handler)

    def close(self) -> None:
        """Stop writing."""
        handler = self._handler
        self._handler = None
        if handler is not None:
            logging.getLogger().removeHandler(handler)
            try:
                handler.close()
            except OSError:  # its last lines are lost; nothing is judged from them
                pass
