"""The probes' process of a run: the master or the only process starts it and stops it after the last user."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path

from reznet_load.core.kept.file import Loss
from reznet_load.core.settings.settings import ENVIRONMENT, Settings, to_environment
from reznet_load.core.system.lifetime import die_with_parent
from reznet_load.core.system.python import python

_CLOSE_SECONDS = 25.0  # after the load come plans, statements and the test of invalidation


class ProbeProcess:
    """Call `start` before the first user, `stop` after the last; a process that does not end is killed."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, folder: Path, settings: Settings) -> None:
        """Start the probes that `settings` name, for the run folder `folder`. Keys and DSNs are passed in the
        environment.
        """
        self.stop()
        if not settings.probes:
            return
        environ = os.environ | {ENVIRONMENT: to_environment(settings)}
        with (folder / "probes.log").open("wb") as log:
            self._process = subprocess.Popen(
                python("-m", "reznet_load", "probe", str(folder)),
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                preexec_fn=die_with_parent(signal.SIGTERM),
            )

    def stop(self) -> list[Loss]:
        """Ask the probes to finish, and wait for it; returns what they could not write."""
        process = self._process
        self._process = None
        if process is None:
            return []
        if process.poll() is None:
            process.terminate()
        try:
            said, _ = process.communicate(timeout=_CLOSE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            said, _ = process.communicate()
        return _losses(said)


def _losses(said: bytes) -> list[Loss]:
    try:
        return [Loss(**entry) for entry in json.loads(said)]
    except (ValueError, TypeError):
        return []  # it was killed, or never began: the report says so about its probes
