"""Runs whose own processes, disks or target fail; the second half of `make faults`, with lines of the same table.

The target is the hostile backend at its best behaviour: its log says what is left in it.
"""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.outside.watched_run import HEADING, Backend, Watched, hostile

pytestmark = pytest.mark.outside

KILLED, HUNG_UP, VOID, REFUSED = {-9}, {130}, {3}, {2}
JUDGED = {0, 1, 2}  # by what was measured
LOAD = ("load", "--users", "8", "--mix", "rest=4,chat=2,agent=2", "--duration", "14s", "--ramp", "1s",
        "--timeout", "request=2", "--timeout", "connect=2", "--timeout", "reply=5", "--timeout", "first-token=3")  # fmt: skip
MASTER = ("--workers", "2")


@pytest.fixture(scope="module", autouse=True)
def heading() -> None:
    print(HEADING)


@pytest.fixture
def backend(tmp_path: Path) -> Iterator[Backend]:
    with hostile("none", tmp_path) as healthy:
        yield healthy


def sweep(backend: Backend, home: Path, reports: Path) -> None:
    """The next run finds what a killed one has left in the target."""
    assert backend.left > 0
    short = ("smoke", "--users", "3", "--duration", "2s", "--ramp", "1s")
    assert "left over" in Watched(backend, home, short).start(reports).end().said
    assert backend.left == 0


def test_a_supervisor_that_is_killed_leaves_no_process_and_the_next_run_cleans_up(
    backend: Backend, tmp_path: Path
) -> None:
    run = Watched(backend, tmp_path / "run", LOAD + MASTER).start()
    run.until_measured()
    run.process.kill()
    print(run.end().line("supervisor: SIGKILL"))
    assert not run.processes_left and run.code in KILLED and not run.with_secret
    sweep(backend, tmp_path / "next", run.reports)


def test_a_supervisor_whose_terminal_closes_reports_what_was_measured(backend: Backend, tmp_path: Path) -> None:
    run = Watched(backend, tmp_path / "run", LOAD + MASTER).start()
    run.until_measured()
    run.process.send_signal(signal.SIGHUP)
    print(run.end().line("supervisor: SIGHUP"))
    run.check(HUNG_UP, "interrupted")


def freeze(run: Watched) -> None:
    """A worker stands still for five seconds of the steady phase."""
    worker = run.of("--worker")[0]
    worker.suspend()
    time.sleep(5)  # that long it is away
    worker.resume()


def kill_worker(run: Watched) -> None:
    run.of("--worker")[0].kill()


def kill_workers(run: Watched) -> None:
    """Locust ends a run whose last worker is away, without the events of an end."""
    for worker in run.of("--worker"):
        worker.kill()


def kill_master(run: Watched) -> None:
    run.of("--master")[0].kill()


@pytest.mark.parametrize(
    ("name", "hurt", "codes", "says"),
    [
        ("worker: SIGSTOP for 5 s", freeze, VOID, "was away for"),
        ("all workers: SIGKILL", kill_workers, VOID, "was away for"),
        ("worker: SIGKILL", kill_worker, VOID, "did not deliver"),
        ("master: SIGKILL", kill_master, JUDGED - {1}, "it was killed, and was judged on what was there"),
    ],
)
def test_a_process_of_the_load_that_fails_is_said_and_not_the_backends(
    name: str, hurt: Callable[[Watched], None], codes: set[int], says: str, backend: Backend, tmp_path: Path
) -> None:
    run = Watched(backend, tmp_path / "run", LOAD + MASTER).start()
    run.until_measured()
    hurt(run)
    print(run.end().line(name))
    run.check(codes, says)


@pytest.mark.parametrize(
    ("name", "number"), [("target: SIGSTOP in mid-run", signal.SIGSTOP), ("target: SIGKILL in mid-run", signal.SIGKILL)]
)
def test_a_target_that_fails_in_mid_run_is_judged_on_time(
    name: str, number: signal.Signals, backend: Backend, tmp_path: Path
) -> None:
    run = Watched(backend, tmp_path / "run", LOAD).start()
    run.until_measured()
    backend.process.send_signal(number)
    print(run.end().line(name))
    run.check({1}, "could not be removed", channels=False)  # who is to remove them there?


@contextmanager
def disk(home: Path, *options: str) -> Iterator[Path]:
    """A small disk of its own; needs the right to mount one."""
    home.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", ",".join(("size=24m", *options)), "tmpfs", str(home)],
        capture_output=True, text=True,
    )  # fmt: skip
    if mounted.returncode:
        pytest.skip(f"no disk can be mounted here: {mounted.stderr.strip()}")
    try:
        yield home
    finally:
        subprocess.run(["umount", "-l", str(home)], check=True)


def fill(folder: Path) -> None:
    """No byte stays free."""
    with (folder / "filler").open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))


def test_a_disk_of_reports_that_is_full_in_mid_run_voids_it(backend: Backend, tmp_path: Path) -> None:
    with disk(tmp_path / "disk") as home:
        run = Watched(backend, tmp_path / "run", LOAD).start(home)
        run.until_measured()
        fill(home)
        print(run.end().line("reports: disk full in mid-run"))
        (home / "filler").unlink()
        run.check(VOID, "No space left on device")


def test_reports_that_cannot_be_written_end_it_before_the_first_user(backend: Backend, tmp_path: Path) -> None:
    with disk(tmp_path / "disk", "ro") as home:
        run = Watched(backend, tmp_path / "run", LOAD).start(home).end()
        print(run.line("reports: read-only"))
        run.check(REFUSED, "Read-only file system")


# Only the folder of reports can be written to; a mount namespace of its own, so nothing of it stays.
_READ_ONLY = """
mount --make-rprivate / && mount --bind "$1" "$1" && mount --bind /dev /dev && mount -o remount,ro,bind / || exit 99
cd / && shift && exec "$@"
"""


def test_without_a_temporary_folder_it_ends_before_the_first_user(backend: Backend, tmp_path: Path) -> None:
    reports = tmp_path / "reports"
    reports.mkdir()
    wrapped = ("unshare", "-m", "sh", "-c", _READ_ONLY, "sh", str(reports))
    run = Watched(backend, tmp_path / "run", LOAD, wrapped).start(reports).end()
    if run.code == 99 or "unshare" in run.said:
        pytest.skip(f"no mount namespace can be made here: {run.said.strip()}")
    print(run.line("no temporary folder"))
    run.check(REFUSED, "No usable temporary directory found")


def test_two_runs_at_once_leave_each_other_alone(backend: Backend, tmp_path: Path) -> None:
    reports = tmp_path / "reports"
    runs = [Watched(backend, tmp_path / name, LOAD).start(reports) for name in ("one", "two")]
    for number, run in enumerate(runs):
        print(run.end().line(f"two runs at once: {number + 1}"))
    folders = [path for path in reports.rglob("result.json") if not path.parent.is_symlink()]
    assert len(folders) == 2
    for run in runs:
        run.check(JUDGED - {1})
