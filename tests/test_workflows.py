"""Our workflows pin other people's actions to a commit, because a tag can be moved."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FILES = [*sorted((ROOT / ".github").rglob("*.yml")), ROOT / "action.yml", *sorted((ROOT / "docs").glob("*.yml"))]
OWN = "reznet-ai/reznet-load"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_action_is_pinned_by_its_commit(path: Path) -> None:
    used = re.findall(r"^\s*(?:- )?uses: (\S+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert [one for one in used if not one.startswith(OWN) and not re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", one)] == []
