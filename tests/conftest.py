"""One embedded target, shared by all live tests of a session."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from reznet_load.core.run import RunResult
from reznet_load.core.text import secrets
from reznet_load.report import publish
from tests.live.stack import target
from tests.schema import validate_result

for _name in ("GITHUB_STEP_SUMMARY", "GITHUB_ACTIONS"):  # runs of the tests are no news for the job that runs them
    os.environ.pop(_name, None)


@pytest.fixture(autouse=True)
def a_secret_of_one_test_masks_nothing_in_another() -> Iterator[None]:
    """A process remembers secrets as long as it runs; here each test is a process of its own.

    It does without `monkeypatch`, which would then undo a test's patches after the test's own fixtures have ended.
    """
    before, secrets._KNOWN = secrets._KNOWN, type(secrets._KNOWN)()
    yield
    secrets._KNOWN = before


@pytest.fixture(scope="session", autouse=True)
def every_result_follows_its_schema() -> Iterator[None]:
    """Whatever a test publishes in this process is a `result.json` of its schema; tests.live.stack looks at those of commands."""
    written = publish.to_json

    def checked(record: RunResult) -> str:
        text = written(record)
        validate_result(text)
        return text

    publish.to_json = checked
    yield
    publish.to_json = written


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
