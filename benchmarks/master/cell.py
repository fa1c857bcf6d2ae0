"""One run of a real master with simulated workers, watched from outside."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from reznet_load.core import folder as run_folder
from reznet_load.core.measured.measurement import RECORD
from reznet_load.core.settings.settings import Settings, to_environment
from reznet_load.core.system.machine import free_port
from reznet_load.drive.locusts import Locusts
from reznet_load.load.run_log import NAME as LOCUST_LOG

USERS_A_WORKER = 20  # idle: what a worker ships does not depend on them
PROCESSES = 2  # of simulated workers
RAMP_SECONDS, WARM_SECONDS = 2.0, 3.0
_POLL_SECONDS = 0.02
_LIMIT_SECONDS = 150.0
_LAST_LINES = 12  # of each log, where a run breaks


@dataclass(frozen=True, slots=True)
class Cell:
    """`workers` at `rate` samples a second each, shipping `parts` (idle, reports, whole), for `seconds`."""

    workers: int
    rate: int
    parts: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Measured:
    """What one cell showed.

    cpu            of the master over the steady phase, percent of a core
    memory         of the master at its most, MB
    sent, kept     samples that workers shipped, samples in the run folder
    blocks, late   blocks that workers shipped, cautions of the master about missing ones
    drain          from the first stop that a worker saw to the master's `ended`, s
    kb_s           a second to the master, KB, of blocks and of Locust's reports
    workers_cpu    of all simulated workers, percent of a core
    """

    cell: Cell
    cpu: float
    memory: float
    sent: int
    kept: int
    blocks: int
    late: int
    drain: float
    kb_s: tuple[float, float]
    workers_cpu: float

    @property
    def lost(self) -> int:
        """Samples."""
        return self.sent - self.kept


def run(cell: Cell, host: str) -> Measured:
    """Start master and workers against the target at `host`, wait for the end of the run."""
    with tempfile.TemporaryDirectory(prefix="reznet-load-") as home:
        settings = Settings(
            host=host,
            users=USERS_A_WORKER * cell.workers,
            duration=cell.seconds,
            ramp=RAMP_SECONDS,
            mix={"rest": 1},
            probes=(),
            reports=home,
        )
        port = free_port()
        words = ["--master", "--master-bind-host", "127.0.0.1", "--master-bind-port", str(port)]
        words += ["--expect-workers", str(cell.workers), "--expect-workers-max-wait", "60"]
        locusts = Locusts("load", settings, "make bench-master", extra=words, quiet=True)
        simulated: list[subprocess.Popen[str]] = []
        try:
            locusts.start()
            simulated = [_workers(cell, part, port, settings, home) for part in range(PROCESSES)]
            return _watch(cell, locusts, simulated, home)
        finally:
            for one in simulated:
                one.kill()
                one.wait()
            locusts.close()


def _workers(cell: Cell, part: int, port: int, settings: Settings, home: str) -> subprocess.Popen[str]:
    many = cell.workers // PROCESSES + (part < cell.workers % PROCESSES)
    words = [port, many, cell.rate, cell.parts, to_environment(settings), part]
    command = [sys.executable, "-m", "benchmarks.master.simulated", *map(str, words)]
    log = (Path(home) / f"workers{part}.log").open("w")
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)


def _watch(cell: Cell, locusts: Locusts, simulated: list[subprocess.Popen[str]], home: str) -> Measured:
    assert locusts.main is not None
    master = psutil.Process(locusts.main.process.pid)
    deadline = time.monotonic() + _LIMIT_SECONDS
    first: tuple[float, float] | None = None
    last = (0.0, 0.0)
    memory, ended, start = 0.0, 0.0, 0.0
    while locusts.main.running:
        assert time.monotonic() < deadline, "the run did not end"
        info = _info(locusts.folder)
        if info.get("ended") and not ended:
            ended = time.time()
        start = start or (time.time() if info.get("origin") else 0.0)
        on = time.time() - start - RAMP_SECONDS if start else 0.0
        try:
            now, memory = _cpu(master), max(memory, master.memory_info().rss / 2**20)
        except psutil.Error:
            break
        if on >= WARM_SECONDS:
            first = first or now
        if on < cell.seconds - 1:
            last = now
        time.sleep(_POLL_SECONDS if start and on > cell.seconds - 2 else 0.5)
    info = _info(locusts.folder)
    if locusts.folder is None or first is None or not info.get("ended") or info["interrupted"]:
        raise RuntimeError(_broken(cell, locusts, home))
    for one in simulated:
        one.terminate()
    said = [json.loads(one.communicate(timeout=30)[0].splitlines()[-1]) for one in simulated]
    cpu = 100 * (last[1] - first[1]) / (last[0] - first[0])
    return _measured(cell, locusts.folder, said, cpu, memory, ended or time.time())


def _broken(cell: Cell, locusts: Locusts, home: str) -> str:
    """Why a run has no end: with the last lines of its logs, which go with `home`."""
    assert locusts.main is not None
    logs = [*Path(home).glob("*.log"), *([locusts.folder / LOCUST_LOG] if locusts.folder else [])]
    last = [
        f"{log.name}: {line}" for log in logs if log.exists() for line in log.read_text().splitlines()[-_LAST_LINES:]
    ]
    ended = f"the run of {cell} did not come to its end; Locust ended with {locusts.main.process.returncode}"
    return "\n".join([ended, *last])


def _info(folder: Path | None) -> dict[str, Any]:
    """`run.json`; {} while there is none."""
    return json.loads((folder / run_folder.INFO).read_text()) if folder and (folder / run_folder.INFO).exists() else {}


def _cpu(process: psutil.Process) -> tuple[float, float]:
    times = process.cpu_times()
    return time.monotonic(), times.user + times.system


def _measured(
    cell: Cell, folder: Path, said: list[dict[str, Any]], cpu: float, memory: float, ended: float
) -> Measured:
    files = [path for path in (folder / run_folder.SAMPLES).glob("*.bin") if path.stem != "master"]
    missing = [one for one in _info(folder)["cautions"] if one["id"].startswith("samples_")]
    stopped = min(one["stopped"] for one in said if one["stopped"])

    def total(name: str) -> float:
        return sum(one[name] for one in said)

    return Measured(
        cell=cell,
        cpu=cpu,
        memory=memory,
        sent=int(total("samples")),
        kept=sum(path.stat().st_size for path in files) // RECORD.size,
        blocks=int(total("blocks")),
        late=len(missing),
        drain=ended - stopped,
        kb_s=(total("bytes_of_blocks") / 1000 / cell.seconds, total("bytes_of_reports") / 1000 / cell.seconds),
        workers_cpu=100 * total("cpu"),
    )
