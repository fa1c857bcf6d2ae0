"""What live tests share: the embedded target, and runs of the real command against it."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from reznet_load.drive.stack import Stack
from tests.schema import validate_result

ROOT = Path(__file__).resolve().parent.parent.parent
_STEERED = ("HOST", "DATABASE_URL", "REDIS_URL", "REZNET_LOAD_SETTINGS", "REZNET_LOAD_HANDOFF", "TARGET_NAME")


def environment(**changes: str) -> dict[str, str]:
    """The environment without anything that steers a run, with `changes`."""
    return {name: value for name, value in os.environ.items() if name not in _STEERED} | changes


@contextmanager
def target(*options: str) -> Iterator[dict[str, Any]]:
    """A target of its own; its ready file."""
    with Stack(shlex.join(options)) as stack:
        yield asdict(stack.ready)


@dataclass(frozen=True)
class Ran:
    """A run of the real command: its exit code, what it printed, and its folder."""

    code: int
    output: str
    folder: Path | None

    @property
    def result(self) -> dict[str, Any]:
        """`result.json`, which follows its schema."""
        assert self.folder is not None, self.output
        text = (self.folder / "result.json").read_text(encoding="utf-8")
        validate_result(text)
        return json.loads(text)

    @property
    def document(self) -> str:
        """The results document."""
        assert self.folder is not None, self.output
        return (self.folder / "PERFORMANCE_TEST_RESULTS.md").read_text()

    @property
    def details(self) -> str:
        """DETAILS.md, next to it."""
        assert self.folder is not None, self.output
        return (self.folder / "DETAILS.md").read_text()

    def verdicts(self) -> dict[str, str]:
        """Outcome by id of the required NFRs."""
        return {verdict["id"]: verdict["outcome"] for verdict in self.result["verdicts"] if verdict["required"]}

    def row(self, key: str) -> dict[str, Any]:
        """The judged phase's row of that name."""
        judged = {phase["name"] for phase in self.result["info"]["phases"] if phase["judged"]}
        return next(row for row in self.result["rows"] if row["key"] == key and row["phase"] in judged)


def start(reports: Path, *words: str, **environ: str) -> subprocess.Popen[str]:
    """`reznet-load WORDS --reports REPORTS` as a process."""
    command = [sys.executable, "-m", "reznet_load", *words, "--reports", str(reports)]
    return subprocess.Popen(
        command,
        env=environment(PYTHONUNBUFFERED="1", **environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        preexec_fn=heed_hangup,
    )


def heed_hangup() -> None:
    """As from a terminal: what was started by `nohup` hands its deafness for SIGHUP on."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def end(process: subprocess.Popen[str], reports: Path, limit: float = 120) -> Ran:
    """Wait for a started run."""
    try:
        output, _ = process.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output, _ = process.communicate(timeout=20)  # whoever holds its pipe ends with it
        raise AssertionError(f"did not end within {limit:.0f} s:\n{output}") from None
    folders = sorted(path.parent for path in reports.rglob("run.json") if not path.parent.is_symlink())
    return Ran(process.returncode, output, folders[-1] if folders else None)


def run(reports: Path, *words: str, limit: float = 120, **environ: str) -> Ran:
    """Run the real command to its end."""
    return end(start(reports, *words, **environ), reports, limit)
