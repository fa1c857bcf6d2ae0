"""Other people's backends as processes, while they are needed."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from reznet_load.core.system.machine import free_port
from tests.outside.backends.installed import ROOM, environment, python_of

__all__ = ["APPS", "ROOM", "chainlit", "environment", "running"]
APPS = Path(__file__).resolve().parent / "apps"
START_SECONDS = 60.0


@contextmanager
def running(
    command: Sequence[str | Path], port: int, room: Path, seconds: float = START_SECONDS, **environ: str
) -> Iterator[str]:
    """The address of `command`, which listens on `port` within `seconds`, with its own files and what it says in `room`.

    Nothing of ours is on its path.
    """
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "BACKEND_API_KEY")}
    with (room / "server.log").open("ab") as log:
        child = subprocess.Popen(
            command, cwd=room, env=kept | {"HOME": str(room)} | environ, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        until = time.monotonic() + seconds
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                assert child.poll() is None and time.monotonic() < until, (room / "server.log").read_text()[-2000:]
                time.sleep(0.2)
        yield f"http://127.0.0.1:{port}"
    finally:
        child.terminate()
        child.wait(20)


@contextmanager
def chainlit(app: str, room: Path, **environ: str) -> Iterator[str]:
    """The address of a Chainlit with one of our applications."""
    port = free_port()
    command = [python_of("chainlit"), "-m", "chainlit", "run", APPS / app, "--headless", "--port", str(port)]
    with running(command, port, room, CHAINLIT_APP_ROOT=str(room), **environ) as url:
        yield url
