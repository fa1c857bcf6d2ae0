"""A folder is judged in one pass: its requirements are parsed once, its samples read once, its outcome computed once."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from reznet_load.core import outcome
from reznet_load.core.run import Caution
from reznet_load.report.publish import publish
from reznet_load.result import assemble, files
from tests import builders

_REPORT = Path(__file__).resolve().parents[2] / "reznet_load" / "report"
# What the report may read besides a judged run: nothing but where another command hands it a folder.
_READERS = {
    "publish.py": {"judge_folder"},
    "side.py": {"judge_ended", "read_files"},
    "pooling_document.py": {"read_pooled"},
}


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each step was made."""
    counted: Counter[str] = Counter()

    def count(module: Any, name: str) -> None:
        real = getattr(module, name)

        def counting(*args: Any, **more: Any) -> Any:
            counted[name] += 1
            return real(*args, **more)

        monkeypatch.setattr(module, name, counting)

    for module, name in ((files, "load_requirements"), (files.samples, "read"), (assemble, "outcome_of"),
                         (assemble, "judge"), (files.context, "read")):  # fmt: skip
        count(module, name)
    return counted


@pytest.mark.parametrize("new", [True, False])
def test_a_published_run_is_read_and_judged_once(tmp_path: Path, new: bool, calls: Counter[str]) -> None:
    rows, units = builders.healthy()
    publish(builders.write_run(tmp_path / "reports" / "a", rows, units), new=new)
    assert calls == dict.fromkeys(("load_requirements", "read", "outcome_of", "judge"), 1) | {"read": 2}


def test_void_cautions_are_known_before_the_outcome() -> None:
    caution = Caution("x", "text", "remedy", void=True)
    assert outcome.invalid(builders.info(), (caution,)) == "void"
    assert outcome.invalid(builders.info(interrupted=True), (caution,)) == "interrupted"
    assert outcome.invalid(builders.info(), ()) == ""


def test_the_report_reads_no_files_of_a_run() -> None:
    for path in _REPORT.rglob("*.py"):
        names = {node.id for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Name)}
        reading = names & {"judge_folder", "judge_ended", "read_files", "read_pooled", "requirements_of", "read_result"}
        assert reading <= _READERS.get(path.name, set()), path
