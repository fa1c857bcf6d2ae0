"""Whatever a backend says of itself, it stays text: in documents, on terminals, in files, and without the user's secrets."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from reznet_load.core.measured.ledger import Ledger
from reznet_load.core.text import secrets
from reznet_load.core.text.foreign_text import OwnMarkdown, defused, safe, safe_all
from reznet_load.load.console import say
from reznet_load.report.console import table
from reznet_load.report.render import render, render_summary
from reznet_load.result.assemble import judge_folder

GOLDEN = Path(__file__).resolve().parent.parent / "golden"
EVIL = (
    "x\x1b[31mRED\x1b]0;pwned\x07<script>alert('xss')</script><img src=x onerror=alert(1)>|pipe|`tick`\n"
    "# Injected heading\n| a | b |\n[link](javascript:alert(1))"
)
SECRET = "Ωμέγα-κλειδί/+ of a test"


def spoiled(data: Any) -> Any:
    """`data` with every text of the deployment's replaced by an evil one."""
    if isinstance(data, dict):
        return {key: spoiled(value) for key, value in data.items()}
    if isinstance(data, list):
        return [spoiled(one) for one in data]
    return EVIL if isinstance(data, str) and data else data


@pytest.fixture
def evil(tmp_path: Path) -> Path:
    """A failing run whose backend has evil names, notes and errors, as an earlier version may have written them."""
    folder = tmp_path / "run"
    shutil.copytree(GOLDEN / "failing", folder)
    info = json.loads((folder / "run.json").read_text())
    facts = spoiled({key: info["deployment"][key] for key in info["deployment"] if key not in ("dialect", "tls", "provider_is")}
                    if "deployment" in info else {})  # fmt: skip
    info["deployment"] = info.get("deployment", {}) | facts | {"agents": [EVIL], "commit": EVIL, "provider": EVIL}
    info["notes"] = dict.fromkeys(info.get("notes", {}), EVIL) | {"clean-up": EVIL}
    info["cautions"] = [{"id": "evil", "text": EVIL, "remedy": EVIL, "void": False}]
    (folder / "run.json").write_text(json.dumps(info))
    for path in folder.rglob("*.jsonl"):
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        path.write_text("\n".join(json.dumps(one | ({"text": EVIL} if "text" in one else {})) for one in lines) + "\n")
    return folder


def test_documents_show_what_a_backend_said_and_obey_none_of_it(evil: Path) -> None:
    run = judge_folder(evil)
    for text in (render(run), render_summary(run), table(run.result)):
        assert "\x1b" not in text and "\x07" not in text
        assert not re.search(r"^#+ Injected|^\| a \| b", text, re.MULTILINE)
    assert "RED" in render(run)
    for text in (render(run), render_summary(run)):
        assert "<script" not in text and "<img" not in text and "](javascript" not in text.replace("\\]", "")
        assert "|pipe|" not in text


def test_own_markup_stays_and_defusing_twice_changes_nothing() -> None:
    assert defused(OwnMarkdown("| a | [b](c) |")) == "| a | [b](c) |"
    assert defused("p95 < 3 s, **bold**, `code`, 2 < x") == "p95 < 3 s, **bold**, `code`, 2 < x"
    assert defused(defused(EVIL)) == defused(EVIL)
    assert defused(5) == 5


def test_secrets_and_control_characters_end_where_a_text_enters(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setattr(secrets, "_KNOWN", secrets._Known())
    secrets.remember(SECRET)
    ledger = Ledger()
    ledger.add("REST", "GET /x", "ms", 1.0, 0.0, None, f"HTTP 401: {SECRET}\x1b[31m")
    ledger.add("REST", "GET /x", "ms", 1.0, 0.0, None, f"HTTP 401: {SECRET}\x1b[31m")
    packed, names = ledger.take()
    assert [one["text"] for one in names if "text" in one] == ["HTTP 401: ***\\x1b[31m"] and len(packed) == 40
    say(f"it said {SECRET}\x1b[2J")
    assert capsys.readouterr().out == "it said ***\\x1b[2J\n"
    kept = safe_all({SECRET: [json.dumps(SECRET), {"a": f"x\n{SECRET}"}]})
    assert SECRET not in json.dumps(kept, ensure_ascii=False) and json.dumps(SECRET)[1:-1] not in json.dumps(kept)
    assert safe("a" * 100_000 + SECRET, 40) == "a" * 39 + "…"
