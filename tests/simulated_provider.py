"""The provider simulator as a process, for tests that speak to it."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from reznet_load.core.system.machine import free_port

_START_SECONDS = 30.0


@contextmanager
def provider(*options: str) -> Iterator[str]:
    """Its address, while it runs with `options` of `reznet-load provider`."""
    port = free_port()
    command = [sys.executable, "-m", "reznet_load", "provider", "--port", str(port), *options]
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        until = time.monotonic() + _START_SECONDS
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                assert child.poll() is None and time.monotonic() < until, "the provider simulator did not start"
                time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        child.terminate()
        child.wait(10)
