"""Golden folders: files in, Markdown out, byte for byte. `REZNET_LOAD_UPDATE_GOLDEN=1` rewrites; a mismatch leaves `.got`."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from reznet_load.cli import main
from reznet_load.core.errors import ConfigError
from reznet_load.report.console import table
from reznet_load.report.publish import publish
from reznet_load.report.render import check_templates, render
from reznet_load.result.assemble import assemble, judge_folder
from tests import builders

GOLDEN = Path(__file__).resolve().parent.parent / "golden"
SEED = [
    line.strip() for line in (GOLDEN / "headings.txt").read_text(encoding="utf-8").splitlines() if line.strip()
]  # every heading and field of the document that is to be filled


def document(folder: Path) -> str:
    return render(judge_folder(folder))


def compare(case: str, text: str) -> None:
    path = GOLDEN / case / "report.md"
    if os.environ.get("REZNET_LOAD_UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    if text != path.read_text(encoding="utf-8"):
        path.with_suffix(".got").write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def cases() -> list[str]:
    return sorted(path.name for path in GOLDEN.iterdir() if path.is_dir())


@pytest.mark.parametrize("case", cases())
def test_a_golden_folder_gives_its_document(case: str) -> None:
    compare(case, document(GOLDEN / case))


@pytest.mark.parametrize("case", cases())
def test_every_heading_and_field_of_the_seed_is_there(case: str) -> None:
    text = document(GOLDEN / case)
    assert [line for line in SEED if line not in text] == []


def test_a_folder_renders_again_byte_for_byte_elsewhere(tmp_path: Path) -> None:
    rows, units = builders.healthy()
    folder = builders.write_run(tmp_path / "reports" / "a", rows, units)
    publish(folder, new=True)
    first = (folder / "PERFORMANCE_TEST_RESULTS.md").read_bytes()
    moved = Path(shutil.copytree(folder, tmp_path / "elsewhere" / "b"))
    publish(moved, new=False)
    assert (moved / "PERFORMANCE_TEST_RESULTS.md").read_bytes() == first
    assert (tmp_path / "reports" / "latest" / "result.json").exists()


def test_the_hundred_user_run_fills_its_lines_and_names_itself(tmp_path: Path) -> None:
    reports = tmp_path / "reports"
    rows, units = builders.healthy(users=100)
    large = builders.info(users=100, id="20260921-110000_load_large")
    publish(builders.write_run(reports / "20260921-110000_load_large", rows, units, large), new=True)
    rows, units = builders.healthy()
    publish(builders.write_run(reports / "20260921-120000_load_small", rows, units), new=True)
    text = (reports / "PERFORMANCE_TEST_RESULTS.md").read_text()
    line = next(line for line in text.splitlines() if line.startswith("| Concurrent Users"))
    assert "✅ Pass" in line and "20260921-110000_load_large" in line
    assert "Stress Test (100 users)" in text and "no run with 100 users" not in text
    assert text.count("load, 100 users, pass") == 1


@pytest.mark.parametrize("case", ["healthy"])
def test_a_healthy_run_reads_as_one(case: str) -> None:
    text = document(GOLDEN / case)
    assert "requirements were judged and none failed. No operation failed in what was judged." in text
    assert not [line for line in text.splitlines() if line.startswith("|") and "❌" in line]


def test_a_failing_run_says_why_on_the_console_and_under_its_headings() -> None:
    text, said = document(GOLDEN / "failing"), table(assemble(GOLDEN / "failing"))
    issues = text.split("### Current Performance Bottlenecks")[1].split("### Optimization Opportunities")[0]
    assert (
        "- **Agent turn: 15 of 100 failed (15.0 %).** (problem 1)\n- **Time to First Byte (TTFB, mean): the" in issues
    )
    assert said.index("why: Time to First Byte") < said.index("why: Agents answer one question")
    groups = text.split("### Long-Term Optimizations")[1].split("## References")[0]
    assert (
        "1. **Database**: Nothing was checked." in groups
        and "4. **Infrastructure**: Agents answer one question" in groups
    )
    assert "slow provider (no provider key was given" in issues
    assert text.count("that were checked and not found: ") == 1


def test_failures_are_shown_by_kind(tmp_path: Path) -> None:
    rows, units = builders.healthy()
    failed = {"CHAT agent turn": (np.arange(200) % 2 == 0, "busy: the agent answers somebody else")}
    text = document(builders.write_run(tmp_path / "run", rows, units, errors=failed))
    assert (
        "| CHAT agent turn | busy: the agent answers somebody else | 100 of 200 | 50.0 % |" in text
        and "**FAIL** (exit 1)" in text
    )


def test_a_sentence_never_says_none_or_nan() -> None:
    for case in cases():
        assert not re.search(r"\b(None|nan|inf)\b", document(GOLDEN / case))


def test_templates_of_the_user_are_checked_before_the_run(tmp_path: Path) -> None:
    check_templates()
    (tmp_path / "results.md.j2").write_text("line one\n{% if %}\n")
    with pytest.raises(ConfigError, match="line 2"):
        check_templates(str(tmp_path))
    with pytest.raises(ConfigError, match="no such folder"):
        check_templates(str(tmp_path / "none"))


def test_the_document_says_where_the_run_of_a_named_target_is(tmp_path: Path) -> None:
    rows, units = builders.healthy()
    folder = builders.write_run(tmp_path / "a", rows, units, builders.info(target="pool of 2"))
    publish(folder, new=False)
    where = f"reports/pool-of-2/{builders.info().id}"
    text = (folder / "PERFORMANCE_TEST_RESULTS.md").read_text()
    assert f"`make report RUN={where}` renders" in text and f"- **Run folder**: `{where}`" in text


@pytest.mark.parametrize(
    ("command", "where"),
    [
        ("reznet-load load --reports /srv/runs --users 5", "/srv/runs"),
        ("reznet-load load --reports='my runs'", "my runs"),
        ("reznet-load load", "reports"),
        ("reznet-load load 'half", "reports"),
        ("reznet-load load --reports", "reports"),
    ],
)
def test_the_document_says_where_the_command_put_its_run(tmp_path: Path, command: str, where: str) -> None:
    rows, units = builders.healthy()
    folder = builders.write_run(tmp_path / "a", rows, units, builders.info(command=command))
    assert f"- **Run folder**: `{where}/{builders.info().id}`" in document(folder)


def test_a_run_is_rendered_again_with_templates_of_the_user(tmp_path: Path) -> None:
    rows, units = builders.healthy()
    folder, own = builders.write_run(tmp_path / "a", rows, units), tmp_path / "own"
    own.mkdir()
    (own / "results.md.j2").write_text("# Ours of {{ nothing }}\n")
    words = ["report", str(folder), "--templates", str(own)]
    assert main(words) == 2
    (own / "results.md.j2").write_text("# Ours of {{ info.id }}\n")
    assert main(words) == 0
    assert (folder / "PERFORMANCE_TEST_RESULTS.md").read_text() == f"# Ours of {builders.info().id}\n"


def test_result_json_holds_what_other_tools_need(tmp_path: Path) -> None:
    rows, units = builders.healthy()
    folder = builders.write_run(tmp_path / "a", rows, units)
    assert publish(folder, new=False) == 0
    found = json.loads((folder / "result.json").read_text())
    assert {"schema", "outcome", "exit_code", "info", "rows", "verdicts", "cautions", "findings", "regressions"} <= set(
        found
    )
    assert {"id", "outcome", "value", "unit", "low", "high", "n", "row", "limit", "reason"} <= set(found["verdicts"][0])
