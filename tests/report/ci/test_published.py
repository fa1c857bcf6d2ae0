"""What a run folder contains for a CI, and which part of it a job on GitHub gets."""

from __future__ import annotations

from pathlib import Path

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parsed

from reznet_load.cli import main
from reznet_load.core.run import EXIT_CODES
from reznet_load.core.run_files import read_result
from reznet_load.report.publish import publish
from tests import builders
from tests.report.ci.test_junit_cases import SCHEMA


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rows, units = builders.healthy()
    rows["CHAT agent turn"] = rows["CHAT agent turn"] + 9000
    return builders.write_run(tmp_path / "run", rows, units)


def test_a_run_folder_has_junit_by_the_schema(folder: Path) -> None:
    publish(folder, new=False)
    SCHEMA.validate((folder / "junit.xml").read_text("utf-8"))


def test_metrics_are_read_by_an_openmetrics_parser_and_agree_with_the_result(folder: Path) -> None:
    publish(folder, new=False)
    families = {one.name: one for one in parsed((folder / "metrics.txt").read_text("utf-8"))}
    result = read_result(folder / "result.json")
    assert families["reznet_load_exit_code"].samples[0].value == result.exit_code == 1
    outcomes = {one.labels["outcome"]: one.value for one in families["reznet_load_outcome"].samples}
    assert outcomes == {name: float(name == result.outcome) for name in EXIT_CODES}
    values = {one.labels["id"]: one.value for one in families["reznet_load_requirement"].samples}
    assert values == {v.id: pytest.approx(v.value) for v in result.verdicts if v.value is not None}
    turns = {
        one.labels["quantile"]: one.value
        for one in families["reznet_load_latency_seconds"].samples
        if one.labels["row"] == "CHAT agent turn" and one.labels.get("phase") == "steady"
    }
    (row,) = (one for one in result.rows if one.key == "CHAT agent turn" and one.phase == "steady")
    assert row.p95 is not None and turns["0.95"] == pytest.approx(row.p95 / 1000)


def test_a_job_is_given_the_summary_once_and_its_failures(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    job = tmp_path / "job.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(job))
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert main(["report", str(folder), "--no-summary"]) == 1
    assert not job.exists() and "::error" not in capsys.readouterr().out
    assert [main(["report", str(folder)]) for _ in range(2)] == [1, 1]
    assert job.read_text("utf-8").count((folder / "SUMMARY.md").read_text("utf-8")) == 1
    assert "::error title=" in capsys.readouterr().out


def test_an_unwritable_summary_does_not_affect_the_verdict(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "missing" / "job.md"))
    assert main(["report", str(folder)]) == 1
    assert "$GITHUB_STEP_SUMMARY" in capsys.readouterr().err
