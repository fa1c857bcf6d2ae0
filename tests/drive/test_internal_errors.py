"""Errors of the operating system and our own defects exit with 2 and a sentence: exit 1 means that the backend failed."""

from __future__ import annotations

import errno
import os

import pytest

from reznet_load import cli
from reznet_load.commands import runs
from reznet_load.core.errors import in_words


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "reports/x"),
            "reports/x: No space left on device; free space",
        ),
        (
            PermissionError(errno.EACCES, os.strerror(errno.EACCES), "/root"),
            "/root: Permission denied; make that folder writable",
        ),
        (OSError(errno.EROFS, os.strerror(errno.EROFS), "/x"), "Read-only file system; make that folder writable"),
        (
            FileNotFoundError(errno.ENOENT, "No usable temporary directory found in ['/tmp']"),
            "with --reports (run folders) or TMPDIR",
        ),
        (OSError(errno.EMFILE, os.strerror(errno.EMFILE)), "ulimit -n"),
        (OSError(errno.EFBIG, os.strerror(errno.EFBIG)), "ulimit -f"),
        (OSError("odd"), "odd; correct this"),
    ],
)
def test_an_error_of_the_system_is_a_sentence(
    error: OSError, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> int:
        raise error

    monkeypatch.setattr(runs, "run", fail)
    assert cli.main(["load"]) == 2
    printed = capsys.readouterr().err
    assert said in printed and printed.count("\n") == 1 and said in in_words(error)


def test_a_defect_of_our_own_is_not_the_backends(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> int:
        raise ZeroDivisionError("a defect")

    monkeypatch.setattr(runs, "run", fail)
    assert cli.main(["load"]) == 2
    printed = capsys.readouterr().err
    assert "ZeroDivisionError: a defect" in printed and "not of the backend" in printed
