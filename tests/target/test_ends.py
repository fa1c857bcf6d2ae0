"""The whole target ends with its parent process, and removes its files."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reznet_load.core.errors import TargetError
from reznet_load.target.servers.services import Services, sweep
from tests.live.stack import environment


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder that PostgreSQL's account may enter; pytest's own are closed."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def started(home: Path) -> tuple[subprocess.Popen[bytes], dict[str, Any]]:
    """A target whose temporary folder lies in `home`."""
    ready = home / "ready.json"
    words = ["--port", "0", "--messages", "100", "--ready-file", str(ready)]
    process = subprocess.Popen(
        [sys.executable, "-m", "reznet_load.target", *words], env=environment(TMPDIR=str(home)),
        stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while not ready.exists():
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.1)
    return process, json.loads(ready.read_text())


def gone(pid: int) -> bool:
    try:
        return "State:\tZ" in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return True


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="children follow a killed parent on Linux only")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=["asked", "killed"])
def test_no_process_or_file_of_the_target_remains(home: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    process, ready = started(home)
    assert len(ready["pids"]) == 4
    os.kill(process.pid, number)
    process.wait(20)
    deadline = time.monotonic() + 15
    while not all(gone(pid) for pid in ready["pids"].values()):
        assert time.monotonic() < deadline, ready["pids"]
        time.sleep(0.1)
    left = list(home.glob("reznet-load-target-*"))
    if number == signal.SIGTERM:
        assert process.returncode == 0 and not left
    else:  # who is killed removes nothing; the next target does
        monkeypatch.setattr("tempfile.tempdir", str(home))
        sweep()
        assert left and not list(home.glob("reznet-load-target-*"))


def test_an_account_without_a_name_gets_an_error_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 54_321)
    with pytest.raises(TargetError, match=r"user id 54321 has none in /etc/passwd.*--database-url"):
        Services("", "redis://127.0.0.1:1/0").__enter__()
