"""The runs behind the accuracy benchmark: a target, a relay before it, and the real command against the relay."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from benchmarks.accuracy import relay, wire
from reznet_load.core.profile import Phase
from reznet_load.core.run import RunInfo
from reznet_load.core.run_files import read_info
from reznet_load.drive.stack import Stack
from reznet_load.verdict import samples
from reznet_load.verdict.generator.signals import Reading, readings

STALL_SECONDS = 3.0
_SMALL = "--messages 5000"
_RAMP_SECONDS = 5
Known = dict[str, dict[str, Any]]  # message id -> echo, first, final in ms, gaps in ms


@dataclass(frozen=True)
class Ran:
    """What three saw of the same messages: our report, the wire, the target's own loop. Steady phase only."""

    users: int
    shape: str
    ours: Known
    wire: Known
    target: Known
    witness_ms: np.ndarray  # how long each piece was in the relay, or how late the sender was with each write
    readings: tuple[Reading, ...]  # what the generator said of itself
    waited_percent: float  # of its time it was ready to run and other programs had the cores


def runs(home: Path, shape: str, users: list[int], seconds: int) -> Iterator[Ran]:
    """One target of `shape`, a run for each number of users."""
    home.mkdir(parents=True)
    log = home / "truth.jsonl"
    words = f"{_SMALL} --shape {shape} --first-token-spread 0.4 --gap-spread 0.4 --truth {shlex.quote(str(log))}"
    with Stack(words) as stack:
        made = [_run(home / str(count), stack.ready.url, count, shape, seconds) for count in users]
    target = _by_id(lines(log))
    for ran in made:
        ran.target.update({id: target[id] for id in ran.ours if id in target})
        yield ran


def _run(home: Path, url: str, users: int, shape: str, seconds: int) -> Ran:
    """A single user is an agent user: a mix of one could not be told from it."""
    home.mkdir()
    mix = ["--mix", "0:0:1", "--think", "agent=2"] if users == 1 else []
    with relayed(url, home / "relay.log") as address:
        folder = load(home, address, users, seconds, "--trace", str(home / "trace.jsonl"), *mix)
    info = read_info(folder / "run.json")
    steady = steady_of(info)
    ours = {line["id"]: line for line in lines(home / "trace.jsonl") if steady.start <= line["start"] < steady.end}
    pieces = list(relay.read(home / "relay.log"))
    passed = np.array([1000 * (piece.left - piece.arrived) for piece in pieces])
    return Ran(users, shape, ours, wire.truth(pieces), {}, passed, *of_itself(folder, info, steady))


def steady_of(info: RunInfo) -> Phase:
    """The phase whose requests count."""
    return next(phase for phase in info.phases if phase.judged)


def of_itself(folder: Path, info: RunInfo, steady: Phase) -> tuple[tuple[Reading, ...], float]:
    """What the generator said of itself; percent of its time that it waited for a core."""
    found = samples.read(folder, info)
    waiting = found.get("GAUGE waiting for a core")
    return readings(found, [steady]), float(waiting.within(steady).value.mean()) if waiting else float("nan")


@contextmanager
def relayed(url: str, log: Path) -> Iterator[str]:
    """A relay before `url`; its address."""
    port = urlsplit(url).port
    command = [sys.executable, "-m", "benchmarks.accuracy.relay", str(port), str(log)]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    try:
        yield f"http://127.0.0.1:{int(child.stdout.readline())}"
    finally:
        child.communicate(timeout=30)


def load(home: Path, url: str, users: int, seconds: int, *words: str, ramp: int = _RAMP_SECONDS) -> Path:
    """A load run without probes; its folder."""
    command = [sys.executable, "-m", "reznet_load", "load", "--users", str(users), "--duration", f"{seconds}s"]
    command += ["--ramp", f"{ramp}s", "--no-probes", "--reports", str(home / "reports"), *words]
    subprocess.run(
        command, env=os.environ | {"HOST": url}, stdout=subprocess.DEVNULL, check=False, timeout=seconds + 60
    )
    return next(path.parent for path in (home / "reports").rglob("run.json") if not path.parent.is_symlink())


def lines(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a file of JSON lines."""
    with path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)


def _by_id(lines: Iterator[dict[str, Any]]) -> Known:
    found: Known = {}
    for line in lines:
        found.setdefault(line["id"], {}).update(line)
    return found


def stalled(home: Path, seconds: int) -> dict[str, float]:
    """What a run of 50 users says of a target that stands still for 3 s in its middle."""
    with Stack(_SMALL) as stack:
        pid = stack.ready.pids["target"]

        def stall() -> None:
            time.sleep(seconds / 2 + _RAMP_SECONDS)
            os.kill(pid, signal.SIGSTOP)
            time.sleep(STALL_SECONDS)
            os.kill(pid, signal.SIGCONT)

        thread = threading.Thread(target=stall)
        thread.start()
        folder = load(home, stack.ready.url, 50, seconds)
        thread.join()
    found = samples.read(folder, read_info(folder / "run.json"))
    timed = [one for key, one in found.items() if key.split(" ")[0] in ("GET", "CHAT") and key != "CHAT agent turn"]
    largest = max(float(np.nanmax(one.value[one.ok])) for one in timed if one.ok.any())
    intended = [one.value[one.ok] + 1000 * one.late[one.ok] for one in timed if not np.isnan(one.late).all()]
    return {
        "max_s": round(largest / 1000, 3),
        "intended_s": round(float(max(np.nanmax(v) for v in intended)) / 1000, 3),
    }
