"""Files written during a run: whole items or nothing, each once and in order, whatever the disk does."""

from __future__ import annotations

import errno
import json
import math
import os
import random
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from reznet_load.core import folder as run_folder
from reznet_load.core.kept.file import KeptFile
from reznet_load.core.kept.notes import RunNotes, leave_notes, left_notes
from reznet_load.core.kept.samples import LOST, SampleFile, lost_caution
from reznet_load.core.measured.ledger import Ledger
from reznet_load.core.measured.measurement import RECORD
from reznet_load.core.money import spent
from reznet_load.core.money.spent import Spent
from tests import builders


class Disk:
    """`os.write` and friends of a disk that has `room` bytes left, or fails now and then."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, seed: int = 0, failing: float = 0.0) -> None:
        self._real, self._rng, self.failing, self.room = os.write, random.Random(seed), failing, None
        monkeypatch.setattr(os, "write", self.write)

    def write(self, handle: int, data: bytes) -> int:
        """All, a part, or ENOSPC; as the kernel does it."""
        data = bytes(data)
        if self.failing and self._rng.random() < self.failing:
            part = self._rng.randrange(len(data))
            if not part:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return self._real(handle, data[:part])
        if self.room is not None:
            if not self.room:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            data = data[: self.room]
            self.room -= len(data)
        return self._real(handle, data)


def values(path: Path) -> list[float]:
    """The values of a whole file of records."""
    packed = path.read_bytes()
    assert len(packed) % RECORD.size == 0
    return [RECORD.unpack_from(packed, at)[1] for at in range(0, len(packed), RECORD.size)]


def record(number: int) -> bytes:
    return RECORD.pack(1.0, float(number), 0.0, 0, 0)


def test_a_disk_that_is_full_for_a_while_costs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk, file = Disk(monkeypatch), KeptFile(tmp_path / "w.bin", RECORD.size)
    for number in range(300):
        disk.room = 7 * RECORD.size // 2 if number == 100 else disk.room  # half of a record fits
        disk.room = None if number == 200 else disk.room
        file.add(record(2 * number) + record(2 * number + 1))
        file.flush()
        assert os.path.getsize(tmp_path / "w.bin") % RECORD.size == 0  # noqa: PTH202 - at every moment
    assert file.close() is None and values(tmp_path / "w.bin") == list(range(600))


@pytest.mark.parametrize("seed", range(20))
def test_each_item_is_written_once_and_in_order_whatever_write_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    disk, file = Disk(monkeypatch, seed, failing=0.4), KeptFile(tmp_path / "lines.jsonl")
    wanted = [f"{number} {'ä' * (number % 9)}\n" for number in range(200)]
    for line in wanted:
        file.add(line.encode())
        file.flush()
        assert (tmp_path / "lines.jsonl").read_bytes().endswith(b"\n") or not (tmp_path / "lines.jsonl").stat().st_size
    disk.failing = 0.0
    assert file.close() is None and (tmp_path / "lines.jsonl").read_text() == "".join(wanted)


def test_unwritten_items_are_counted_with_the_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "samples").mkdir()
    disk, ledger = Disk(monkeypatch), Ledger()
    file = SampleFile(tmp_path, "local")
    for number in range(10):
        ledger.add("CHAT", "echo", "ms", number, 1.0)
    file.add(*ledger.take())
    disk.room = 0
    for number in range(7):
        ledger.add("CHAT", f"row {number}", "ms", number, 1.0)
    assert not file.add(*ledger.take())
    losses = file.close(seconds=0.0)
    caution = lost_caution(losses)
    assert {loss.file: loss.items for loss in losses} == {"local.names.jsonl": 7, "local.bin": 7}
    assert caution is not None and caution.void and caution.id == LOST and "No space left on device" in caution.text
    assert lost_caution([]) is None and values(tmp_path / "samples" / "local.bin") == list(range(10))


def test_no_record_is_written_before_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "samples").mkdir()
    disk, ledger = Disk(monkeypatch), Ledger()
    file = SampleFile(tmp_path, "local")
    disk.room = 10  # the name does not fit, the record would in the next call
    ledger.add("CHAT", "echo", "ms", 1.0, 1.0)
    assert not file.add(*ledger.take())
    assert not (tmp_path / "samples" / "local.bin").exists()
    disk.room = None
    assert file.flush() and len(values(tmp_path / "samples" / "local.bin")) == 1


def test_a_torn_record_of_an_earlier_writer_is_cut_back_and_counted(tmp_path: Path) -> None:
    (tmp_path / "samples").mkdir()
    path = tmp_path / "samples" / "local.bin"
    path.write_bytes(record(1) + record(2)[:13])
    file = SampleFile(tmp_path, "local")
    file.add(record(3), [])
    assert (file.cut, values(path), file.close()) == (13, [1, 3], [])


def test_a_torn_line_is_completed_and_no_user_data_is_cut(tmp_path: Path) -> None:
    (tmp_path / "mine.jsonl").write_text("mine, without an end")
    file = KeptFile(tmp_path / "mine.jsonl")
    file.add(b"ours\n")
    assert file.close() is None and (tmp_path / "mine.jsonl").read_text() == "mine, without an end\nours\n"


@contextmanager
def no_descriptors_left() -> Iterator[None]:
    """The process may open no file more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    free = os.dup(0)
    os.close(free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (free, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_without_free_descriptors_open_files_continue_and_new_ones_wait(tmp_path: Path) -> None:
    opened, late = KeptFile(tmp_path / "names.jsonl"), KeptFile(tmp_path / "late.jsonl")
    assert opened.open()
    with no_descriptors_left():
        for file in (opened, late):
            file.add(b"Too many open files\n")
        assert opened.flush() and not late.flush() and late.why == "Too many open files"
        assert spent.read(tmp_path) == {}
    assert late.flush() and [p.read_text() for p in sorted(tmp_path.iterdir())] == ["Too many open files\n"] * 2


def test_a_file_size_limit_is_treated_like_a_full_disk(tmp_path: Path) -> None:
    """The kernel's own answer: EFBIG, and a part of the data before it."""
    script = f"""
import resource, signal
from pathlib import Path
from reznet_load.core.kept.file import KeptFile
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1010, 4096))
file = KeptFile(Path({str(tmp_path / "w.bin")!r}), 20)
for number in range(100):
    file.add(bytes([number]) * 20)
    file.flush()
print(Path({str(tmp_path / "w.bin")!r}).stat().st_size)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
print(file.close())
"""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=True)
    assert ran.stdout.split() == ["1000", "None"]
    assert (tmp_path / "w.bin").read_bytes() == b"".join(bytes([number]) * 20 for number in range(100))
    assert signal.SIGXFSZ


def test_changes_of_run_json_wait_for_the_disk_and_keep_their_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_folder.write_info(tmp_path, builders.info(ended="", cautions=()))
    notes, real = RunNotes(tmp_path), run_folder.write_text

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(run_folder, "write_text", full)
    caution = {"id": "a", "text": "b", "remedy": "c", "void": True}
    assert not notes.update(users=7, notes={"one": "1"}) and not notes.update(users=8, cautions=[caution])
    assert not notes.close(0.0) and notes.why == "No space left on device"
    leave_notes(tmp_path / "handoff", notes.waiting)
    monkeypatch.setattr(run_folder, "write_text", real)
    assert left_notes(tmp_path / "handoff") == []  # that disk was full too
    leave_notes(tmp_path / "handoff", notes.waiting)
    assert [change["users"] for change in left_notes(tmp_path / "handoff")] == [7, 8]
    assert notes.flush()
    data = json.loads((tmp_path / run_folder.INFO).read_text())
    assert (data["users"], data["notes"]["one"], data["cautions"]) == (8, "1", [caution])


def test_the_cost_limit_holds_while_sums_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine, others = Spent(tmp_path, "users", 1.0), Spent(tmp_path, "probes", 1.0)
    others.add(0.4)
    assert not mine.passed(5.0)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(spent, "write_text", full)
    mine.add(0.7)
    assert mine.passed(6.0) and mine.stopped_at == 6.0
    monkeypatch.undo()
    assert mine.passed(7.0) and spent.read(tmp_path)["users"] == {"usd": 0.7, "stopped_at": 6.0}


def test_a_value_that_no_record_can_hold_is_kept_as_not_timed() -> None:
    ledger = Ledger()
    for value in (1e300, -1e300):
        ledger.add("GAUGE", "cache memory", "MB", value, 1000.0)
    packed, _ = ledger.take()
    assert [math.isnan(RECORD.unpack_from(packed, at)[1]) for at in (0, RECORD.size)] == [True, True]
