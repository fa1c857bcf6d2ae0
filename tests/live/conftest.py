"""One embedded target for all live tests of a session."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from reznet_load.drive.children import Child, wait_for
from tests.live.stack import environment


@contextmanager
def target(*options: str) -> Iterator[dict[str, Any]]:
    """A target of its own; its ready file."""
    with tempfile.TemporaryDirectory() as home:
        ready = Path(home) / "ready.json"
        command = [sys.executable, "-m", "reznet_load.target", "--port", "0", "--ready-file", str(ready), *options]
        child = Child(command, environment(), Path(home) / "log")
        try:
            assert wait_for(ready, child, 60), child.said()
            yield json.loads(ready.read_text())
        finally:
            child.stop()


@pytest.fixture(scope="session")
def stack() -> Iterator[dict[str, Any]]:
    """The shared target, default dialect, few messages."""
    with target("--messages", "2000") as ready:
        yield ready


@pytest.fixture
def deployed(stack: dict[str, Any]) -> dict[str, str]:
    """The environment of a run against the shared target as a deployment."""
    return {"HOST": stack["url"], "DATABASE_URL": stack["database_url"], "REDIS_URL": stack["redis_url"]}


@pytest.fixture(scope="session")
def own_target() -> Callable[..., Any]:
    """For tests that need a target with options of its own."""
    return target


@pytest.fixture
def sleeper() -> Iterator[int]:
    """The id of a process that has ended."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    yield ended.pid
