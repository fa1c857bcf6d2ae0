"""Real disturbances of a run: its clock is set, its disk is full for a while, or it may open only few files.

The clock is set only for Locust and its probes: a library replaces libc's clock functions (LD_PRELOAD). The disk is
full only for Locust: with a file size limit of 0 (RLIMIT_FSIZE) every write fails, as on a full disk.
"""

from __future__ import annotations

import os
import resource
import shutil
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from reznet_load.core.errors import ConfigError
from reznet_load.core.folder import SAMPLES
from reznet_load.core.system.python import python
from reznet_load.drive.locusts import Locusts

CLOCK_AHEAD, CLOCK_BACK, FULL_DISK, FEW_FILES = "clock +30 s", "clock -30 s", "disk full for 3 s", "64 open files"
_SHIFTS = {CLOCK_AHEAD: 30.0, CLOCK_BACK: -30.0}
_FULL_SECONDS, _FEW = 3.0, 64
_ENOUGH = 20_000  # bytes of samples when the disturbance begins: the steady phase has begun, or will soon begin


@contextmanager
def surrounded(name: str, home: Path) -> Iterator[Callable[[Locusts, dict[str, Any]], Any] | None]:
    """The disturbance `name` as a companion for `whole_run.run`; None for any other name.

    home   a folder for temporary files

    Raises ConfigError if this machine cannot make the disturbance, so that a case is never left out silently.
    """
    if name in _SHIFTS:
        with _shifting(home) as shift:
            yield _alongside(lambda _: shift.write_bytes(struct.pack("<d", _SHIFTS[name])))
    elif name == FULL_DISK:
        yield _alongside(_fill)
    else:
        yield None


def _alongside(act: Callable[[Locusts], object]) -> Callable[[Locusts, dict[str, Any]], Any]:
    """A companion that calls `act` once, as soon as enough samples are written."""

    @contextmanager
    def companion(locusts: Locusts, _: dict[str, Any]) -> Iterator[None]:
        over = threading.Event()
        thread = threading.Thread(target=lambda: _begun(locusts, over) and act(locusts))
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    return companion


def _begun(locusts: Locusts, over: threading.Event) -> bool:
    """Wait for enough samples; False if the run ended before."""
    while not over.wait(0.1):
        files = locusts.folder.glob(f"{SAMPLES}/local.bin") if locusts.folder is not None else ()
        if any(path.stat().st_size > _ENOUGH for path in files):
            return True
    return False


def _fill(locusts: Locusts) -> None:
    assert locusts.main is not None
    process = locusts.main.process.pid
    _, hard = resource.prlimit(process, resource.RLIMIT_FSIZE)
    resource.prlimit(process, resource.RLIMIT_FSIZE, (0, hard))
    time.sleep(_FULL_SECONDS)
    resource.prlimit(process, resource.RLIMIT_FSIZE, (hard, hard))


@contextmanager
def _shifting(home: Path) -> Iterator[Path]:
    """Shift the clock of processes started in the block by the seconds in the returned file (a double).

    Raises ConfigError without a C compiler.
    """
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        raise ConfigError(
            "selftest: the cases that set the clock need a C compiler, but neither gcc nor cc is installed"
        )
    library, shift = home / "shift_clock.so", home / "shift"
    source = Path(__file__).with_name("shift_clock.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-o", str(library), str(source), "-ldl"], check=True)
    shift.write_bytes(struct.pack("<d", 0.0))
    changes = {"LD_PRELOAD": str(library), "CLOCKSHIFT_FILE": str(shift)}
    before = {name: os.environ.get(name) for name in changes}
    os.environ.update(changes)
    try:
        yield shift
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def refused_with_few_files(home: Path) -> list[str]:
    """Deviations of a run that may open only 64 files.

    The run must be refused before its first user, and must name the number of files that it needs.
    """
    command = [*python("-m", "reznet_load"), "load", "--config=", "--no-summary", "--reports", str(home)]
    limit = (_FEW, _FEW)
    ended = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=60,
        env={k: v for k, v in os.environ.items() if k != "HOST"},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, limit),
    )
    said = ended.stdout + ended.stderr
    wrong = [] if ended.returncode == 2 else [f"exit {ended.returncode}, not 2: {said[-300:]}"]
    wrong += [] if "ulimit -n" in said else [f"the message does not name the number of files: {said[-300:]}"]
    return wrong + (["something was left behind"] if list(home.rglob("run.json")) else [])
