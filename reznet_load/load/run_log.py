"""`locust.log` in the run folder: what Locust and the run say while it is on."""

from __future__ import annotations

import logging
from pathlib import Path

from reznet_load.core.text.safe_stream import SafeFormatter

NAME = "locust.log"


class PatientHandler(logging.FileHandler):
    """A line that the disk does not take is left out: a traceback in its place would go where nothing is written either."""

    def handleError(self, record: logging.LogRecord) -> None:
        """Nothing."""


class RunLog:
    """Everything that is logged between `open` and `close`."""

    def __init__(self) -> None:
        self._handler: logging.Handler | None = None

    def open(self, folder: Path) -> None:
        """From now on into the log of `folder`."""
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
            except OSError:  # its last lines; nothing is judged from them
                pass
