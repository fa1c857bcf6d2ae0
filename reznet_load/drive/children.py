"""Child processes, each in its own session. They are always ended, by process id and never by name."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from reznet_load.core.system.lifetime import die_with_parent


class Child:
    """A child process.

    log     a file for its stderr output; None: stderr of this process
    quiet   drop its stdout
    bound   the kernel sends it SIGTERM when this process ends. This covers SIGKILL of this process, and a Ctrl-C
            during the start of the child, before any code can end the child.
    """

    def __init__(
        self,
        command: Sequence[str],
        environ: Mapping[str, str],
        log: Path | None = None,
        quiet: bool = False,
        bound: bool = False,
    ) -> None:
        self._log: IO[bytes] | None = log.open("wb") if log else None
        self.log = log
        self.process = subprocess.Popen(
            list(command),
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL if quiet else None,
            stderr=self._log,
            start_new_session=True,
            preexec_fn=die_with_parent(signal.SIGTERM) if bound else None,
        )

    @property
    def running(self) -> bool:
        """Is the process still running?"""
        return self.process.poll() is None

    def ask_to_stop(self) -> None:
        """Send SIGTERM, then SIGCONT, because a stopped process cannot handle SIGTERM."""
        if self.running:
            for number in (signal.SIGTERM, signal.SIGCONT):
                self._signal(number)

    def wait(self, seconds: float) -> bool:
        """Wait until the process ends; False if it still runs after `seconds`."""
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def stop(self, seconds: float = 10.0) -> None:
        """Ask the process to stop, wait up to `seconds`, then kill its whole session if it still runs."""
        self.ask_to_stop()
        if not self.wait(seconds):
            self.kill()
        if self._log:
            self._log.close()

    def kill(self) -> None:
        """Send SIGKILL to all processes of the session."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()

    def _signal(self, number: int) -> None:
        try:
            self.process.send_signal(number)
        except ProcessLookupError:
            pass

    def said(self, lines: int = 12) -> str:
        """The last `lines` lines that the process wrote on stderr; "" without a log."""
        if self.log is None:
            return ""
        text = self.log.read_text(encoding="utf-8", errors="replace").strip()
        return "\n".join(text.splitlines()[-lines:])


def wait_for(path: Path, child: Child, seconds: float) -> bool:
    """Wait until `path` exists; False if `child` ended or `seconds` elapsed before."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if path.exists():
            return True
        if not child.running:
            return path.exists()
        time.sleep(0.05)
    return False
