"""A run of the real command, watched from outside: what it held, what it said, and what it left behind.

Shared by the tests of `make faults`; `Watched.line` is a line of its table.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from tests.live.stack import environment, heed_hangup

HERE = Path(__file__).resolve().parent
SECRET = "a-key-that-nothing-else-prints-7c1f"
MOST_MB, MOST_SECONDS = 400, 75
LINGER_SECONDS = 30.0  # for children of a command that was killed: they finish their run in order
HEADING = (
    f"\n{'mode':32} {'exit':>4} {'outcome':12} {'seconds':>7} {'MB':>4}  left: channels, processes, files  secret in"
)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True, slots=True)
class Backend:
    """A hostile backend; `log` has a line for each call."""

    url: str
    log: Path
    process: subprocess.Popen[bytes]

    @property
    def left(self) -> int:
        """Channels made and not deleted."""
        calls = [json.loads(line) for line in self.log.read_text().splitlines()]
        made = sum(one["m"] == "POST" and one["p"] == "/api/channels" for one in calls)
        return made - len({one["p"] for one in calls if one["m"] == "DELETE"})


@contextmanager
def hostile(mode: str, folder: Path, other: str = "") -> Iterator[Backend]:
    """A backend that misbehaves in `mode`; "none" is a healthy one."""
    port, log = free_port(), folder / f"{mode}.log"
    command = [sys.executable, str(HERE / "hostile_backend.py"), str(port), mode, "--log", str(log), "--other", other]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=os.environ | {"ECHO": SECRET}) as process:
        try:
            assert process.stdout is not None and process.stdout.readline() == b"ready\n"
            yield Backend(f"http://127.0.0.1:{port}", log, process)
        finally:
            process.kill()


@dataclass(slots=True)
class Watched:
    """`reznet-load WORDS` against `backend`, its files below `home`; `end` waits for it. `wrapped`: words before the command."""

    backend: Backend
    home: Path
    words: tuple[str, ...]
    wrapped: tuple[str, ...] = ()
    reports: Path = field(init=False)
    temporary: Path = field(init=False)
    process: subprocess.Popen[str] = field(init=False)
    children: dict[int, psutil.Process] = field(default_factory=dict)
    most_mb: float = 0.0
    seconds: float = 0.0
    code: int = -1
    _began: float = field(default_factory=time.monotonic)

    def start(self, reports: Path | None = None, **environ: str) -> Watched:
        """Start it; `reports`: another folder than one of its own."""
        self.home.mkdir(exist_ok=True)
        self.reports, self.temporary = reports or self.home / "reports", self.home / "tmp"
        self.temporary.mkdir()
        given = {"TMPDIR": str(self.temporary)} | environ | {"HOST": self.backend.url}
        command = [*self.wrapped, sys.executable, "-m", "reznet_load", *self.words, "--header", f"X-Api-Key: {SECRET}"]
        with self.output.open("w") as out:
            self.process = subprocess.Popen(
                [*command, "--reports", str(self.reports)],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env=environment(**given),
                text=True,
                start_new_session=True,
                preexec_fn=heed_hangup,
            )
        threading.Thread(target=self._watch, daemon=True).start()
        return self

    def _watch(self) -> None:
        root = psutil.Process(self.process.pid)
        while self.process.poll() is None:
            try:
                for one in (root, *root.children(recursive=True)):
                    self.children[one.pid] = one
                    self.most_mb = max(self.most_mb, one.memory_info().rss / 2**20)
            except psutil.Error:
                pass
            time.sleep(0.1)

    @property
    def output(self) -> Path:
        """What it printed."""
        return self.home / "output.txt"

    @property
    def said(self) -> str:
        """The text of `output`."""
        return self.output.read_text(encoding="utf-8", errors="replace")

    def wait_until(self, seen: Callable[[], bool], limit: float = 60.0) -> None:
        """Until `seen()`, while the command runs."""
        deadline = time.monotonic() + limit
        while not seen():
            assert time.monotonic() < deadline and self.process.poll() is None, self.said
            time.sleep(0.1)

    def until_measured(self, samples: int = 300) -> None:
        """Until so many samples have been written: some seconds after the first user."""
        self.wait_until(lambda: sum(path.stat().st_size for path in self.reports.rglob("samples/*.bin")) > 20 * samples)

    def of(self, *words: str) -> list[psutil.Process]:
        """Processes below the command that have all of `words` on their command lines."""
        below = psutil.Process(self.process.pid).children(recursive=True)
        return [one for one in below if all(word in one.cmdline() for word in words)]

    def end(self, limit: float = MOST_SECONDS) -> Watched:
        """Wait for its end; it is killed with its session when it does not end in time."""
        try:
            self.code = self.process.wait(limit)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(20)
            raise AssertionError(f"it did not end within {limit:.0f} s:\n{self.said}") from None
        self.seconds = time.monotonic() - self._began
        psutil.wait_procs(list(self.children.values()), timeout=LINGER_SECONDS if self.code < 0 else 5.0)
        return self

    @property
    def texts(self) -> dict[Path, str]:
        """Every file that it wrote, and what it printed."""
        kept = [path for path in self.reports.rglob("*") if path.is_file()]
        return {path: path.read_bytes().decode("utf-8", "replace") for path in (*kept, self.output)}

    @property
    def documents(self) -> str:
        """What a reader sees: its output, Markdown and JSON."""
        return "\n".join(text for path, text in self.texts.items() if path.suffix in (".md", ".json", ".txt"))

    @property
    def outcome(self) -> str:
        """Of its result.json, "refused" where there is none."""
        results = [path for path in self.reports.rglob("result.json") if not path.parent.is_symlink()]
        return json.loads(results[-1].read_text())["outcome"] if results else "refused"

    @property
    def processes_left(self) -> list[str]:
        """Command lines of those that outlived it."""
        alive = [one for one in self.children.values() if one.is_running()]
        return [" ".join(one.cmdline()) for one in alive if one.status() != psutil.STATUS_ZOMBIE]

    @property
    def files_left(self) -> list[str]:
        """Names in its temporary folder."""
        return [str(path.relative_to(self.temporary)) for path in self.temporary.rglob("*")]

    @property
    def with_secret(self) -> list[str]:
        """Names of files that have the secret."""
        return [path.name for path, text in self.texts.items() if SECRET in text]

    def line(self, mode: str) -> str:
        """Its line of the table."""
        left = f"{self.backend.left}, {len(self.processes_left)}, {len(self.files_left)}"
        found = ", ".join(self.with_secret) or "no file"
        return f"{mode:32} {self.code:4} {self.outcome:12} {self.seconds:7.1f} {self.most_mb:4.0f}  {left:33} {found}"

    def check(self, codes: set[int], says: str = "", channels: bool = True) -> None:
        """It ended as it must, small, without a traceback, and left nothing. `channels`: none in the target either."""
        assert self.code in codes, self.said
        assert "Traceback" not in self.said, self.said
        assert says in self.documents, self.said
        assert self.most_mb < MOST_MB
        assert not self.with_secret and not self.processes_left and not self.files_left, self.line("")
        for path, text in self.texts.items():
            assert path.suffix == ".bin" or not {"\x1b", "\x07"} & set(text), path
        if channels:
            assert self.backend.left <= 0
