"""A read-only root, and unusable temporary folders: an error in one sentence, or a run that works."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.live.stack import environment, target

pytestmark = pytest.mark.matrix

# Everything is read-only but the folders named; a mount namespace of its own, so nothing of it stays.
_SCRIPT = """
mount --make-rprivate /
for folder in "$@"; do mount --bind "$folder" "$folder"; done
mount --bind /dev /dev
mount -o remount,ro,bind / || exit 99
cd / && exec {command}
"""


def read_only(command: str, *writable: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run `command` with only `writable` writable; skip the test if that is not possible here."""
    script = _SCRIPT.format(command=command)
    call = ["unshare", "-m", "sh", "-c", script, "sh", *map(str, writable)]
    ran = subprocess.run(call, env=environment(**environ), capture_output=True, text=True, timeout=120)
    if ran.returncode == 99 or "unshare" in ran.stderr:
        pytest.skip(f"no mount namespace can be made here: {ran.stderr.strip()}")
    return ran


def test_a_read_only_root_is_enough_with_reports_and_a_temporary_folder(tmp_path: Path) -> None:
    reports, temporary = tmp_path / "reports", tmp_path / "tmp"
    for folder in (reports, temporary):
        folder.mkdir()
    with target() as ready:
        words = f"-m reznet_load smoke --users 3 --duration 4s --reports {reports}"
        ran = read_only(f"{sys.executable} {words}", reports, temporary, TMPDIR=str(temporary), HOST=ready["url"])
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "Traceback" not in ran.stdout + ran.stderr
    assert list(reports.rglob("result.json")) and not list(temporary.iterdir())


def test_a_missing_temporary_folder_is_reported_in_one_sentence(tmp_path: Path) -> None:
    ran = read_only(f"{sys.executable} -m reznet_load smoke --reports {tmp_path}", tmp_path, HOST="http://127.0.0.1:9")
    printed = ran.stdout + ran.stderr
    assert ran.returncode == 2 and "Traceback" not in printed, printed
    assert "temporary directory" in printed or "Read-only" in printed, printed


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has an account of its own for PostgreSQL")
def test_a_private_temporary_folder_as_root_says_what_to_do(tmp_path: Path) -> None:
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    command = [sys.executable, "-m", "reznet_load", "smoke", "--reports", str(tmp_path / "reports")]
    ran = subprocess.run(command, env=environment(TMPDIR=str(private)), capture_output=True, text=True, timeout=60)
    assert ran.returncode == 2 and "chmod o+x" in ran.stderr and "TMPDIR" in ran.stderr, ran.stdout + ran.stderr
