"""A run compared with earlier runs, through files: published, in the document, in result.json, in the exit code."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from reznet_load.core.folder import INFO
from reznet_load.history import baseline, store
from reznet_load.report.console import table
from reznet_load.report.publish import publish
from reznet_load.result import standing
from tests import builders
from tests.history.folders import made


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten equal runs and two that are slower by 40 %, all published."""
    home = tmp_path_factory.mktemp("reports")
    for number in range(12):
        publish(made(home, number, 1.4 if number > 9 else 1.0), new=True)
    return home


def result(folder: Path) -> dict:
    return json.loads((folder / "result.json").read_text())


def section(folder: Path) -> str:
    text = (folder / "PERFORMANCE_TEST_RESULTS.md").read_text()
    return text.split("### Test Run History")[1].split("\n---\n")[0]


def folders(reports: Path) -> list[Path]:
    return sorted(path for path in reports.iterdir() if (path / INFO).exists() and not path.is_symlink())


def test_two_runs_at_a_worse_level_fail_and_one_is_suspect(reports: Path) -> None:
    *_, one, two = folders(reports)
    assert result(folders(reports)[5])["outcome"] == "pass"
    (suspect,) = [r for r in result(one)["regressions"] if r["kind"] == "suspect"]
    assert suspect["id"] == "agent_response_p95" and result(one)["exit_code"] == 0
    assert suspect["percent"] == pytest.approx(40, abs=8)
    (worse,) = [r for r in result(two)["regressions"] if r["kind"] == "regression"]
    assert (worse["id"], worse["since"]) == ("agent_response_p95", "b010")
    assert (result(two)["outcome"], result(two)["exit_code"]) == ("fail", 1)


def test_the_document_shows_signs_what_they_rest_on_and_the_regression(reports: Path) -> None:
    *_, one, two = folders(reports)
    rows = [line for line in section(two).splitlines() if line.startswith("| 2026-09-21")]
    assert len(rows) == 12 and "~" not in rows[0] and "~" in rows[4]
    assert "ms ✅ ▲ +" in rows[11] and "load, 50 users, fail, backend b011" in rows[11]
    assert (
        "Compared with 11 earlier runs, the oldest of 2026-09-21. Valid runs of the scenario `load` with 50 users are compared "
        in (section(two))
    )
    assert "❌ **Agent Response Time (p95) +" in section(two) and "regression since b010" in section(two)
    assert "⚠️ **Agent Response Time (p95) +" in section(one) and "suspect, run it again" in section(one)
    text = (two / "PERFORMANCE_TEST_RESULTS.md").read_text()
    assert "**FAIL** (exit 1). Proven to have got worse: Agent Response Time (p95) +" in text
    assert "With fewer than 5 of them only a change of 20 % or more" in section(folders(reports)[3])
    assert "A comparison needs 2 earlier runs of this kind." in section(folders(reports)[1])


def test_a_run_renders_again_byte_for_byte_without_the_other_runs(reports: Path, tmp_path: Path) -> None:
    for folder in folders(reports)[-2:]:
        moved = Path(shutil.copytree(folder, tmp_path / folder.name))
        publish(moved, new=False)
        for name in ("PERFORMANCE_TEST_RESULTS.md", "result.json"):
            assert (moved / name).read_bytes() == (folder / name).read_bytes()


def test_a_run_that_has_ended_stands_as_its_report_says(reports: Path) -> None:
    found = standing.stand(folders(reports)[-1], 2_000_000_000.0).result
    assert (found.outcome, found.exit_code) == ("fail", 1) and "REGRESSION: Agent Response Time" in table(found)


def test_the_history_keeps_outcome_and_signs(reports: Path) -> None:
    found = store.read(reports)
    assert [line.outcome for line in found.lines] == ["pass"] * 11 + ["fail"] and not found.damaged
    assert found.lines[10].values["agent_response_p95"].sign == "▲"


def test_a_void_run_is_compared_with_nothing(reports: Path, tmp_path: Path) -> None:
    home = Path(shutil.copytree(reports, tmp_path / "reports", symlinks=True))
    folder = made(home, 20, 1.4)
    rows, units = builders.healthy()
    rows["GAUGE generator cpu"] = np.full(60, 99.0)
    builders.write_samples(folder, rows, 60, units)
    assert publish(folder, new=True) == 3
    assert result(folder)["regressions"] == [] and "compared with nothing" in section(folder)
    assert store.read(home).lines[-1].void is True
    assert publish(made(home, 21), new=True) == 0
    assert "These earlier runs were left out: 1 × void run." in section(home / "20260921-122100_load_abc1234")


def test_the_baseline_is_named_and_one_of_another_environment_refused(reports: Path, tmp_path: Path) -> None:
    home = Path(shutil.copytree(reports, tmp_path / "reports", symlinks=True))
    baseline.pin(home, store.read(home).lines[2])
    folder = made(home, 22, 1.4)
    publish(folder, new=True)
    assert "Against the baseline `20260921-120200_load_abc1234` at b002: Agent Response Time (p95) +" in section(folder)
    assert "(worse)" in section(folder) and "Time to First Byte (TTFB, mean)" in section(folder)
    assert {r["kind"] for r in result(folder)["regressions"]} == {"regression", "baseline"}
    other = made(home, 23, environment={"cpu": "another", "cores": "8"}, fingerprint="beef")
    publish(other, new=True)
    assert "Baseline 20260921-120200_load_abc1234 is not used: another environment" in section(other)
    (home / baseline.FILE).write_text("{")
    publish(made(home, 24), new=True)
    assert "pin again with `make baseline`" in section(home / "20260921-122400_load_abc1234")


def test_an_unwritable_history_does_not_prevent_the_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / store.FILE).mkdir()
    folder = made(tmp_path, 1)
    assert publish(folder, new=True) == 0 and (folder / "result.json").exists()
    assert "this run is not in it" in capsys.readouterr().err


def test_all_targets_share_one_history_and_are_compared_each_with_its_own(tmp_path: Path) -> None:
    publish(made(tmp_path, 1), new=True)
    publish(made(tmp_path / "staging", 2, target="staging", fingerprint="beef"), new=True)
    assert [line.target for line in store.read(tmp_path).lines] == ["embedded", "staging"]
    assert "20260921-120200" not in section(tmp_path / "20260921-120100_load_abc1234")
    assert section(tmp_path / "staging" / "20260921-120200_load_abc1234").count("| 2026-09-21") == 1
