"""CONTRIBUTING.md names places that are there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# In backticks, with a folder or a suffix; `<name>` stands for any.
_PATH = re.compile(r"`([\w<>./-]+(?:/|\.(?:py|toml|md|j2|txt|json)))`")
_LATER = {"SUMMARY.md", "run.json", "result.json"}  # of a run folder


def test_each_place_is_there() -> None:
    named = set(_PATH.findall((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")))
    assert len(named) > 30
    patterns = {name: re.sub(r"<\w+>", "*", name) for name in named - _LATER}
    assert {name for name, pattern in patterns.items() if not _there(pattern)} == set()


def _there(pattern: str) -> bool:
    return any(True for base in (ROOT, ROOT / "reznet_load") for _ in base.glob(pattern))
