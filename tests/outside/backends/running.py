"""Other people's backends in an environment of their own below REZNET_LOAD_OUTSIDE, and as processes while they are needed."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from reznet_load.core.system.machine import free_port

APPS = Path(__file__).resolve().parent
ROOM = os.environ.get("REZNET_LOAD_OUTSIDE", "")
START_SECONDS = 60.0


def environment(name: str, packages: Sequence[str]) -> Path:
    """The Python of an environment with `packages`, made where it is missing."""
    home = Path(ROOM) / name
    python = home / "bin" / "python"
    if not (home / "installed").exists():
        subprocess.run([sys.executable, "-m", "venv", home], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *packages], check=True, timeout=900)
        (home / "installed").touch()
    return python


@contextmanager
def running(command: Sequence[str | Path], port: int, room: Path, **environ: str) -> Iterator[str]:
    """The address of `command`, which listens on `port`, with its own files in `room` and nothing of ours on its path."""
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "BACKEND_API_KEY")}
    child = subprocess.Popen(command, cwd=room, env=kept | {"HOME": str(room)} | environ)
    try:
        until = time.monotonic() + START_SECONDS
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                assert child.poll() is None and time.monotonic() < until, f"nothing listens on {port}"
                time.sleep(0.2)
        yield f"http://127.0.0.1:{port}"
    finally:
        child.terminate()
        child.wait(20)


@contextmanager
def chainlit(app: str, room: Path, **environ: str) -> Iterator[str]:
    """The address of a Chainlit with one of our applications."""
    python, port = environment("chainlit", ["chainlit>=2.12,<3"]), free_port()
    command = [python, "-m", "chainlit", "run", APPS / app, "--headless", "--port", str(port)]
    with running(command, port, room, CHAINLIT_APP_ROOT=str(room), **environ) as url:
        yield url
