"""The real servers that questions go to, each a process of its own."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

from reznet_load.core.system.machine import free_port
from tests.outside.backends.installed import NODE, node_folder, python_of
from tests.outside.backends.running import APPS, chainlit, running

EXAMPLE = Path(__file__).resolve().parents[3] / "docs" / "examples" / "langgraph.py"
FIRST_MS, GAP_MS, TOKENS = 150.0, 20.0, 40  # of every reply of a plain question, in each application
WHOLE_MS = FIRST_MS + (TOKENS - 1) * GAP_MS


@dataclass(frozen=True, slots=True)
class Backend:
    """Who answers: a dialect (empty: to be recognised), the path of questions (empty: the dialect's), the application.

    idle    seconds after which the server closes a connection on which nothing happens
    """

    dialect: str
    path: str
    application: str
    idle: float = 5.0


BACKENDS = {
    "chainlit": Backend("", "", "chainlit"),
    "ag-ui": Backend("ag-ui", "/agui", "agents"),
    "ai-sdk": Backend("ai-sdk", "", "agents"),
    "langgraph": Backend(str(EXAMPLE), "", "langgraph"),
    "node": Backend("ai-sdk", "", "ai", idle=6.0),
    "node-6": Backend("ai-sdk", "", "ai6", idle=6.0),
}
STREAMS = tuple(name for name in BACKENDS if name != "chainlit")


@dataclass(frozen=True, slots=True)
class Server:
    """A backend that runs at `url`."""

    backend: Backend
    url: str

    @property
    def words(self) -> tuple[str, ...]:
        """Options of `reznet-load` that name it."""
        backend = self.backend
        named = ("--dialect", backend.dialect) if backend.dialect else ()
        return ("--host", self.url, *named, *(("--path", backend.path) if backend.path else ()))

    def counts(self) -> dict[str, int]:
        """Questions that its model saw: `asked`, `ended`, and `left` by their reader. Not of Chainlit."""
        with urlopen(f"{self.url}/counts", timeout=10) as answer:
            return json.load(answer)


@contextmanager
def started(application: str, room: Path) -> Iterator[str]:
    """The address of an application while it runs in `room`, which its files go to."""
    if application == "chainlit":
        with chainlit("chainlit_app.py", room) as url:
            yield url
        return
    port = free_port()
    with running(_command(application, port, room), port, room) as url:
        yield url


def _command(application: str, port: int, room: Path) -> list[str | Path]:
    match application:
        case "agents":
            return [python_of("agents"), APPS / "agents_app.py", str(port)]
        case "langgraph":
            for file in (*APPS.glob("langgraph*"), APPS / "simulated_model.py"):  # its server writes files next to them
                shutil.copy(file, room)
            command = python_of("langgraph").with_name("langgraph")
            words = [command, "dev", "--config", room / "langgraph.json", "--port", str(port)]
            # As many runs at once as a load has users.
            return [*words, "--no-browser", "--no-reload", "--n-jobs-per-worker", "20"]
    return [NODE, APPS / "node_app.mjs", node_folder(), application, str(port)]
