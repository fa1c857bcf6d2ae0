"""Real Chainlit, pydantic-ai (AG-UI, Vercel UI stream) and LangGraph, asked by `reznet-load try`: replies, tools, errors.

`make check-outside`: they are installed from the registry into an environment of their own below REZNET_LOAD_OUTSIDE.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from reznet_load.core.settings.settings import Settings
from reznet_load.core.system.machine import free_port
from reznet_load.drive.try_one import Trial, ask

APPS = Path(__file__).resolve().parent / "backends"
EXAMPLE = APPS.parents[2] / "docs" / "examples" / "langgraph.py"
ROOM = os.environ.get("REZNET_LOAD_OUTSIDE", "")
PACKAGES = (
    "chainlit>=2.12,<3", "pydantic-ai-slim[ag-ui,openai]>=2.68,<3", "uvicorn", "starlette", "langgraph-cli[inmem]",
    "langgraph>=1.2,<2", "langchain-core>=1,<2",
)  # fmt: skip
START_SECONDS = 60.0
pytestmark = [
    pytest.mark.outside,
    pytest.mark.skipif(not ROOM, reason="installs other backends from the registry: make check-outside"),
]


@dataclass(frozen=True, slots=True)
class Server:
    """A dialect (empty: to be found out), where questions go, and its address."""

    dialect: str
    path: str
    url: str


@pytest.fixture(scope="module")
def python() -> Path:
    """Of an environment with the backends."""
    home = Path(ROOM) / "backends"
    found = home / "bin" / "python"
    if not (home / "installed").exists():
        subprocess.run([sys.executable, "-m", "venv", home], check=True)
        subprocess.run([found, "-m", "pip", "install", "--quiet", *PACKAGES], check=True, timeout=600)
        (home / "installed").touch()
    return found


@pytest.fixture(scope="module")
def servers(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Server]]:
    """Both applications, while the module runs."""
    room = tmp_path_factory.mktemp("backends")
    for name in ("langgraph_app.py", "langgraph.json"):  # its server writes files next to them
        shutil.copy(APPS / name, room)
    ports = {"chainlit": free_port(), "agents": free_port(), "langgraph": free_port()}
    commands = {
        "chainlit": [python, "-m", "chainlit", "run", APPS / "chainlit_app.py", "--headless", "--port", str(ports["chainlit"])],
        "agents": [python, APPS / "agents_app.py", str(ports["agents"])],
        "langgraph": [
            python.with_name("langgraph"), "dev", "--config", room / "langgraph.json", "--port", str(ports["langgraph"]),
            "--no-browser", "--no-reload", "--n-jobs-per-worker", "4",
        ],
    }  # fmt: skip
    started = [subprocess.Popen(command, cwd=room, env=_alone(room)) for command in commands.values()]
    try:
        for port in ports.values():
            _wait(port)
        agents = f"http://127.0.0.1:{ports['agents']}"
        yield {
            "chainlit": Server("", "", f"http://127.0.0.1:{ports['chainlit']}"),
            "ag-ui": Server("ag-ui", "/agui", agents),
            "ai-sdk": Server("ai-sdk", "", agents),
            "langgraph": Server(str(EXAMPLE), "", f"http://127.0.0.1:{ports['langgraph']}"),
        }
    finally:
        for one in started:
            one.terminate()
        for one in started:
            one.wait(20)


def _alone(room: Path) -> dict[str, str]:
    """Its own files, and nothing of ours on its path."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return kept | {"CHAINLIT_APP_ROOT": str(room), "HOME": str(room)}


def _wait(port: int) -> None:
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            assert time.monotonic() < until, f"nothing listens on {port}"
            time.sleep(0.2)


def tried(server: Server, question: str) -> tuple[int, str]:
    said: list[str] = []
    trial = Trial(dialect=server.dialect, path=server.path, question=question)
    code = ask(Settings(host=server.url), trial, said.append)
    return code, "\n".join(said)


ALL = ("chainlit", "ag-ui", "ai-sdk", "langgraph")
CASES = (
    ("hello", 0, "230 characters in 40 pieces", ALL),
    ("TOOL please", 0, "calls the tool get_weather", ALL[:3]),  # LangGraph's graph has none
    ("BOOM", 1, "it does not work: error", ALL),
    ("MID", 1, "it does not work: error in stream", ALL),
)


@pytest.mark.parametrize(
    ("name", "question", "code", "sentence"),
    [(name, question, code, sentence) for question, code, sentence, names in CASES for name in names],
)
def test_a_question_ends_as_the_backend_ended_it(
    name: str, question: str, code: int, sentence: str, servers: dict[str, Server]
) -> None:
    got, told = tried(servers[name], question)
    assert got == code and sentence in told, told


@pytest.mark.parametrize("name", ALL)
def test_two_at_once_have_a_reply_each(name: str, servers: dict[str, Server]) -> None:
    with ThreadPoolExecutor(2) as pool:
        for code, told in pool.map(lambda text: tried(servers[name], text), ["hello", "and hello"]):
            assert code == 0 and "230 characters in 40 pieces" in told, told


def test_a_whole_reply_of_chainlit_is_one_piece(servers: dict[str, Server]) -> None:
    code, told = tried(servers["chainlit"], "WHOLE")
    assert code == 0 and "13 characters in 1 piece" in told, told
