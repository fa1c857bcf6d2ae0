"""The ready file of the embedded target, as a record."""

from __future__ import annotations

from pathlib import Path

import pytest

from reznet_load.core.errors import TargetError
from reznet_load.core.ready_target import ReadyTarget, read_ready

READY = ReadyTarget(
    "http://h:1", "postgresql://h/d", "redis://h", "http://p", "http://p/v1", "v2", {"target": 7}, 0, {}
)


def test_a_record_survives_its_file(tmp_path: Path) -> None:
    (tmp_path / "ready.json").write_text(READY.text(), "utf-8")
    assert read_ready(tmp_path / "ready.json") == READY


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"url": "x"}', "null"])
def test_a_file_that_is_no_ready_file_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "ready.json").write_text(text, "utf-8")
    with pytest.raises(TargetError, match=r"ready\.json: not the ready file"):
        read_ready(tmp_path / "ready.json")
