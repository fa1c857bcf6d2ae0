"""A run in a pid namespace of its own, as in a container on the host's network: live, then killed, seen from outside of it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psycopg
import pytest

from reznet_load.core.settings.settings import Settings
from reznet_load.deployment.alive import sweep
from tests.live.stack import environment, run

pytestmark = pytest.mark.outside

RUN = ("load", "--users", "6", "--mix", "0:3:3", "--duration", "120s", "--ramp", "1s")
APART = ("unshare", "--pid", "--fork", "--mount-proc", "--kill-child")
WAYS = {"redis": ("REDIS_URL",), "lock": ("DATABASE_URL",), "both": ("REDIS_URL", "DATABASE_URL")}


def channels(url: str) -> dict[str, str]:
    """Name -> topic of the channels of load tests that are not archived."""
    query = "SELECT name, topic FROM channels WHERE name LIKE 'reznet-load-%' AND NOT is_archived"
    with psycopg.connect(url) as database:
        return dict(database.execute(query).fetchall())


def wait_until(condition: Any, seconds: float) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, f"not within {seconds:g} s"
        time.sleep(0.5)


@pytest.mark.parametrize("way", WAYS)
def test_it_is_left_alone_while_it_is_on_and_removed_once_it_is_not(
    way: str, stack: dict[str, Any], tmp_path: Path
) -> None:
    if os.geteuid() or shutil.which("unshare") is None:
        pytest.skip("a pid namespace needs root and unshare")
    known = {"DATABASE_URL": stack["database_url"], "REDIS_URL": stack["redis_url"]}
    given = {name: known[name] for name in WAYS[way]}
    command = [*APART, sys.executable, "-m", "reznet_load", *RUN, "--reports", str(tmp_path)]
    settings = Settings(host=stack["url"], **{name.lower(): url for name, url in given.items()})
    process = subprocess.Popen(
        command,
        env=environment(HOST=stack["url"], **given),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        wait_until(lambda: len(channels(stack["database_url"])) == 6, 40)
        assert f"alive={'lock' if way == 'lock' else 'redis'}:" in next(iter(channels(stack["database_url"]).values()))
        removal = sweep.remove_left_over(settings)
        assert removal.live == 6 == len(channels(stack["database_url"])), removal
        other = run(tmp_path / "other", "load", "--users", "3", "--duration", "10s", HOST=stack["url"])
        assert "6 channels reznet-load-* of other runs, which may still be running" in other.document
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(20)
    if way != "lock":
        assert sweep.remove_left_over(settings).live == 6, "its key lives up to 30 s"
        time.sleep(31)
    removal = sweep.remove_left_over(settings)
    assert removal.channels + removal.archived >= 6, removal  # with DATABASE_URL also rows that `other` archived
    assert not channels(stack["database_url"])
