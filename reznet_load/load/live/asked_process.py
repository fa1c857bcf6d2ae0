"""A helper process that answers line by line: code that imports numpy or judges runs there, not in the loaded loop."""

from __future__ import annotations

import os

import gevent
from gevent import subprocess
from gevent.lock import BoundedSemaphore

_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


class AskedProcess:
    """Started with the first question, and again after it has ended; `seconds` is the longest wait for an answer."""

    def __init__(self, command: tuple[str, ...], seconds: float) -> None:
        self.command = command
        self._seconds = seconds
        self._process: subprocess.Popen | None = None
        self._turn = BoundedSemaphore()

    @property
    def on(self) -> bool:
        """Has it been started?"""
        return self._process is not None

    def ask(self, line: bytes) -> bytes:
        """The line that answers `line`; b"" if the process has ended or does not answer in time. One question at a
        time.
        """
        with self._turn, gevent.Timeout(self._seconds, False):
            answer = b""
            try:
                if self._process is None:
                    self._process = self._started()
                self._process.stdin.write(line + b"\n")
                self._process.stdin.flush()
                answer = self._process.stdout.readline().strip()
                return answer
            except OSError:
                return b""
            finally:
                if not answer:  # a late answer would be taken for the answer to the next question
                    self.close()
        return b""

    def _started(self) -> subprocess.Popen:
        return subprocess.Popen(
            self.command,
            env=os.environ | _ONE_THREAD,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def close(self) -> None:
        """End the process; if the parent is gone, it ends at the end of its input."""
        process = self._process
        self._process = None
        if process is not None:
            process.kill()
            process.wait()
            process.stdin.close()
            process.stdout.close()
