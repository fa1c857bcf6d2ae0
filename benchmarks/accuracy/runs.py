"""The runs behind the accuracy benchmark: a target that logs the truth, and the real command against it."""

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
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from reznet_load.core.run import read_info
from reznet_load.drive.stack import Stack
from reznet_load.verdict import samples

STALL_SECONDS = 3.0
SMALL = "--messages 5000"


@dataclass(frozen=True)
class Ran:
    """Both sides by message id, ours of the steady phase only."""

    ours: dict[str, dict[str, Any]]
    truth: dict[str, dict[str, Any]]


def load(home: Path, ready: dict[str, Any], users: int, seconds: int, *words: str) -> Path:
    """A load run without probes; its folder."""
    command = [
        sys.executable,
        "-m",
        "reznet_load",
        "load",
        "--users",
        str(users),
        "--duration",
        f"{seconds}s",
        "--ramp",
        "5s",
    ]
    environ = os.environ | {"HOST": ready["url"]}
    subprocess.run([*command, "--no-probes", "--reports", str(home / "reports"), *words], env=environ,
                   stdout=subprocess.DEVNULL, check=False, timeout=seconds + 120)  # fmt: skip
    return next(path.parent for path in (home / "reports").rglob("run.json") if not path.parent.is_symlink())


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)


def run(home: Path, users: int, shape: str, seconds: int) -> Ran:
    """One combination. A single user is an agent user: a mix of one could not be told from it."""
    home.mkdir(parents=True)
    truth_file = home / "truth.jsonl"
    words = f"{SMALL} --shape {shape} --first-token-spread 0.4 --gap-spread 0.4 --truth {shlex.quote(str(truth_file))}"
    with Stack(words) as stack:
        mix = ["--mix", "0:0:1", "--think", "agent=2"] if users == 1 else []
        folder = load(home, stack.ready, users, seconds, "--trace", str(home / "trace.jsonl"), *mix)
    steady = next(phase for phase in read_info(folder / "run.json").phases if phase.judged)
    ours = {line["id"]: line for line in _lines(home / "trace.jsonl") if steady.start <= line["start"] < steady.end}
    truth: dict[str, dict[str, Any]] = {}
    for line in _lines(truth_file):
        truth.setdefault(line["id"], {}).update(line)
    return Ran(ours, truth)


def stalled(home: Path, seconds: int) -> dict[str, float]:
    """What a run of 50 users says of a target that stands still for 3 s in its middle."""
    with Stack(SMALL) as stack:
        pid = stack.ready["pids"]["target"]

        def stall() -> None:
            time.sleep(seconds / 2 + 5)
            os.kill(pid, signal.SIGSTOP)
            time.sleep(STALL_SECONDS)
            os.kill(pid, signal.SIGCONT)

        thread = threading.Thread(target=stall)
        thread.start()
        folder = load(home, stack.ready, 50, seconds)
        thread.join()
    found = samples.read(folder, read_info(folder / "run.json"))
    timed = [one for key, one in found.items() if key.split(" ")[0] in ("GET", "CHAT") and key != "CHAT agent turn"]
    largest = max(float(np.nanmax(one.value[one.ok])) for one in timed if one.ok.any())
    intended = [one.value[one.ok] + 1000 * one.late[one.ok] for one in timed if not np.isnan(one.late).all()]
    return {
        "max_s": round(largest / 1000, 3),
        "intended_s": round(float(max(np.nanmax(v) for v in intended)) / 1000, 3),
    }
