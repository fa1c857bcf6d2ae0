"""httpx under asyncio asks a real server next to a run: both see the same first token, gaps and whole replies."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.live.stack import end, start
from tests.outside.backends.installed import MARKS, python_of
from tests.outside.backends.running import APPS
from tests.outside.backends.servers import Server

pytestmark = MARKS
CLIENT_USERS, CLIENT_SECONDS = 8, 14
PARTS = (("first", "CHAT first token"), ("gap", "CHAT chunk gap"), ("whole", "CHAT agent turn"))


@pytest.mark.parametrize("name", ["ag-ui", "node"])
def test_an_independent_client_next_to_a_run_sees_the_same_times(
    name: str, server: Callable[[str], Server], tmp_path: Path
) -> None:
    asked = server(name)
    dialect, path = asked.backend.dialect, asked.backend.path or "/api/chat"
    words = ("load", *asked.words, "--users", "20", "--duration", "20s", "--ramp", "2s", "--think", "agent=3")
    load = start(tmp_path, *words)
    time.sleep(9)  # imports, the first question, the ramp
    client = [python_of("agents"), APPS / "independent_client.py", asked.url + path, dialect]
    alone = subprocess.run(
        [*client, str(CLIENT_USERS), str(CLIENT_SECONDS)], capture_output=True, text=True, timeout=90, check=True
    )
    ran = end(load, tmp_path)
    assert ran.code == 0, ran.output
    theirs = json.loads(alone.stdout)
    assert theirs["questions"] > 20
    for part, key in PARTS:
        ours = ran.row(key)["mean"]
        print(f"{name}: {key} {ours:.1f} ms, httpx {theirs[part]:.1f} ms")
        assert ours == pytest.approx(theirs[part], rel=0.05), (part, theirs, ours)
