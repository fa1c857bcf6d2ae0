"""Prompts from a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from reznet_load.chat.prompts import load
from reznet_load.core.errors import ConfigError


def test_prompts_are_read_line_by_line(tmp_path: Path) -> None:
    path = tmp_path / "mine.txt"
    path.write_text("# mine\n\n@qa Why?\nAnybody there?\n")
    assert [(p.agent, p.text) for p in load(path).all] == [("qa", "Why?"), (None, "Anybody there?")]
    assert len(load().all) >= 15
    path.write_text("fine\n@qa\n")
    with pytest.raises(ConfigError, match="line 2"):
        load(path)
    path.write_text("# nothing\n")
    with pytest.raises(ConfigError, match="no question"):
        load(path)
