"""Runs against a backend that misbehaves, a mode a fault: each ends in time, in little memory, with no secret in any file.

`make faults` prints a line for each: mode, exit code and outcome, seconds, peak memory of the largest process, channels left.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from tests.live.stack import environment

pytestmark = pytest.mark.outside

HERE = Path(__file__).resolve().parent
SECRET = "a-key-that-nothing-else-prints-7c1f"
MOST_MB, MOST_SECONDS = 400, 75
FAILS, REFUSED = {1}, {2}  # exit codes; one failed turn of a short run proves nothing, and is 2 too
ENDS = {0, 1, 2, 3}

# Mode -> exit codes that are right, and a text that the output or a document then has.
MODES: dict[str, tuple[set[int], str]] = {
    "redirect": (FAILS, "HTTP 302, redirect to"),
    "redirect-loop": (FAILS, "HTTP 302, redirect to"),
    "redirect,always": (REFUSED, "another host"),
    "redirect-loop,always": (REFUSED, "in a circle"),
    "redirect-post": (REFUSED, "307, redirect to"),
    "endless-headers": (FAILS, "head over 64 KB"),
    "endless-body": (FAILS, "no answer in time"),
    "fast-body": (FAILS, ""),
    "slow-body": (FAILS, "no answer in time"),
    "slow-headers": (FAILS, "no answer in time"),
    "never": (FAILS, "no answer in time"),
    "gzip-bomb": (FAILS, "body over 16 MB"),
    "ten-mb": (ENDS, ""),
    "deep-json": (FAILS, "not JSON"),
    "garbage": (FAILS, "HTTPParseError"),
    "garbage-body": (FAILS, "not JSON"),
    "half-open": (FAILS, "no answer in time"),
    "huge-number": (ENDS, ""),
    "echo-secret": (FAILS, "HTTP 500"),
    "evil-errors": (FAILS, "HTTP 500"),
    "evil-names": (ENDS, ""),
    "stream-secret": (FAILS | REFUSED, "error in stream"),
    "stream-evil": (FAILS | REFUSED, "error in stream"),
    "connect-error-secret": (ENDS, ""),
    "connect-error-evil": (ENDS, ""),
    "echo-secret-post": (REFUSED, "500"),
    "evil-post": (REFUSED, "500"),
    "huge-post": (REFUSED, "500"),
    "wrong-id": (REFUSED, "no other is used"),
    "evil-channel-id": (REFUSED, "no other is used"),
    "many-agents": (ENDS, ""),
    "many-channels": (ENDS, ""),
    "ws-redirect": (ENDS, ""),
    "ws-long-line": (ENDS, ""),
    "ws-endless-headers": (ENDS, ""),
    "ws-slow-headers": (ENDS, ""),
}


@dataclass(frozen=True, slots=True)
class Backend:
    """A hostile backend; `log` has a line for each call."""

    url: str
    log: Path

    @property
    def left(self) -> int:
        """Channels made and not deleted."""
        calls = [json.loads(line) for line in self.log.read_text().splitlines()]
        made = sum(one["m"] == "POST" and one["p"] == "/api/channels" for one in calls)
        return made - len({one["p"] for one in calls if one["m"] == "DELETE"})


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def hostile(mode: str, folder: Path, other: str = "") -> Iterator[Backend]:
    port, log = free_port(), folder / f"{mode}.log"
    command = [sys.executable, str(HERE / "hostile_backend.py"), str(port), mode, "--log", str(log), "--other", other]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=os.environ | {"ECHO": SECRET}) as process:
        try:
            assert process.stdout is not None and process.stdout.readline() == b"ready\n"
            yield Backend(f"http://127.0.0.1:{port}", log)
        finally:
            process.kill()


def peak_of(process: subprocess.Popen[str], limit: float) -> tuple[float, float]:
    """(seconds until `process` ended, most MB that it or one of its children held)."""
    began, most, root = time.monotonic(), 0, psutil.Process(process.pid)
    while process.poll() is None:
        assert time.monotonic() - began < limit, "it did not end in time"
        try:
            most = max([most, *(one.memory_info().rss for one in (root, *root.children(recursive=True)))])
        except psutil.Error:
            pass
        time.sleep(0.1)
    return time.monotonic() - began, most / 2**20


@pytest.mark.parametrize("mode", MODES)
def test_a_fault_ends_in_time_in_little_memory_and_leaks_nothing(mode: str, tmp_path: Path) -> None:
    reports, output = tmp_path / "reports", tmp_path / "output.txt"
    codes, says = MODES[mode]
    with hostile("none", tmp_path) as other, hostile(mode, tmp_path, other.url) as backend:
        words = ["smoke", "--users", "6", "--mix", "rest=4,chat=1,agent=1", "--duration", "8s", "--ramp", "1s"]
        words += [
            "--timeout",
            "request=2",
            "--timeout",
            "connect=3",
            "--header",
            f"X-Api-Key: {SECRET}",
            "--reports",
            str(reports),
        ]
        environ = environment(HOST=backend.url)
        with (
            output.open("w") as out,
            subprocess.Popen(
                [sys.executable, "-m", "reznet_load", *words],
                stdout=out,
                stderr=subprocess.STDOUT,
                env=environ,
                text=True,
            ) as process,
        ):
            try:
                seconds, most = peak_of(process, MOST_SECONDS)
            finally:
                process.kill()
        reached = other.log.read_text()
        left = backend.left
    said = output.read_text()
    results = list(reports.rglob("result.json"))
    outcome = json.loads(results[0].read_text())["outcome"] if results else "refused"
    print(f"\n{mode:22} exit {process.returncode} {outcome:9} {seconds:5.1f} s {most:4.0f} MB, {left} channels left")
    texts = {path: path.read_bytes().decode("utf-8", "replace") for path in reports.rglob("*") if path.is_file()}
    assert process.returncode in codes, said
    assert "Traceback" not in said and most < MOST_MB and not reached
    assert says in said + "".join(text for path, text in texts.items() if path.suffix in (".md", ".json"))
    for name, text in (texts | {output: said}).items():
        assert SECRET not in text, name
        assert name.suffix == ".bin" or not {"\x1b", "\x07"} & set(text), name
    for path, text in texts.items():
        if path.suffix == ".md":
            assert "<script" not in text and "\n# Injected" not in text, path
    if mode not in ("redirect-post", "echo-secret-post", "evil-post", "huge-post", "wrong-id", "evil-channel-id"):
        assert left <= 0
