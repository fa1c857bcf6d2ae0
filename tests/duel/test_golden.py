"""A real duel of two embedded targets, B with `--process-time 1.2`, 10 users on each side for a minute: its document."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from reznet_load.report.duel.publish import publish
from reznet_load.result.duel import judge_duel

GOLDEN = Path(__file__).resolve().parent.parent / "golden_duel"
FILES = ("duel.md", "SUMMARY.md")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run folder as it was left, without its documents."""
    home = tmp_path_factory.mktemp("duel")
    shutil.unpack_archive(GOLDEN / "slower.tar.xz", home)
    return next(home.iterdir())


@pytest.mark.parametrize("name", FILES)
def test_the_document_says_what_it_said(folder: Path, name: str) -> None:
    assert publish(folder) == 1
    written = (folder / name).read_text(encoding="utf-8")
    if os.environ.get("REZNET_LOAD_UPDATE_GOLDEN"):
        (GOLDEN / name).write_text(written, encoding="utf-8")
    assert written == (GOLDEN / name).read_text(encoding="utf-8")


def test_what_was_made_slower_is_found_slower_within_a_minute(folder: Path) -> None:
    result = judge_duel(folder)
    slower = {name for name, change in result.changes.items() if change.slower}
    assert {"CHAT agent turn", "CHAT first token", "CHAT chunk gap"} <= slower
    assert not slower & {"CHAT echo", "CHAT ping", "PROBE message page query", "PROBE cache GET"}
