"""How long threads waited for a core: from files as the kernel writes them, and from the kernel itself."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from reznet_load.core.system.run_queue import RunQueue


def shown(proc: Path, **threads: float) -> None:
    """The files of process 7 with these threads, which waited so many seconds since they began."""
    for thread in (proc / "7" / "task").glob("*"):
        (thread / "schedstat").unlink()
        thread.rmdir()
    for name, waited in threads.items():
        folder = proc / "7" / "task" / name
        folder.mkdir(parents=True)
        (folder / "schedstat").write_text(f"123456789 {round(waited * 1e9)} 42\n")


def test_the_thread_that_waited_longest_counts(tmp_path: Path) -> None:
    queue = RunQueue(7, tmp_path)
    shown(tmp_path, loop=10.0, pool=3.0)
    assert queue.waited_percent(100.0) is None  # there is nothing to compare with
    shown(tmp_path, loop=10.1, pool=3.6)
    assert queue.waited_percent(102.0) == pytest.approx(30.0)


def test_threads_that_came_or_went_are_not_compared(tmp_path: Path) -> None:
    queue = RunQueue(7, tmp_path)
    shown(tmp_path, loop=10.0, gone=50.0)
    queue.waited_percent(100.0)
    shown(tmp_path, loop=10.05, new=9.0)
    assert queue.waited_percent(101.0) == pytest.approx(5.0)
    shown(tmp_path, other=1.0)
    assert queue.waited_percent(102.0) is None


def test_a_process_that_has_ended_and_a_system_without_these_files_give_no_number(tmp_path: Path) -> None:
    queue = RunQueue(7, tmp_path)
    assert queue.waited_percent(1.0) is None and queue.waited_percent(2.0) is None
    shown(tmp_path, loop=1.0)
    (tmp_path / "7" / "task" / "loop" / "schedstat").write_text("")
    assert queue.waited_percent(3.0) is None and queue.waited_percent(4.0) is None


@given(
    some.dictionaries(some.sampled_from("abcd"), some.floats(0, 1e6), min_size=1),
    some.dictionaries(some.sampled_from("abcd"), some.floats(0, 1e6), min_size=1),
    some.floats(0.001, 1e4),
)
def test_it_is_a_share_of_the_time_whatever_the_kernel_shows(
    tmp_path_factory: pytest.TempPathFactory, before: dict[str, float], after: dict[str, float], seconds: float
) -> None:
    proc = tmp_path_factory.mktemp("proc")
    queue = RunQueue(7, proc)
    shown(proc, **before)
    queue.waited_percent(0.0)
    shown(proc, **after)
    percent = queue.waited_percent(seconds)
    assert (percent is None) == (not before.keys() & after.keys())
    assert percent is None or 0 <= percent <= 100


@pytest.mark.skipif(not Path("/proc/self/schedstat").exists(), reason="this kernel does not report it")
def test_two_processes_on_one_core_wait_for_each_other() -> None:
    core = min(os.sched_getaffinity(0))
    code = f"import os; os.sched_setaffinity(0, {{{core}}})\nwhile True: pass"
    pair = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(2)]
    try:
        queue, limit, percent = RunQueue(pair[0].pid), time.monotonic() + 20, 0.0
        while percent < 30 and time.monotonic() < limit:
            percent = queue.waited_percent(time.monotonic()) or 0.0
            time.sleep(0.3)
        assert percent >= 30
    finally:
        for one in pair:
            one.kill()
            one.wait()
